import IR
import Passes
import Report

extension StepVariant {
  /// The variant whose weights are updated before the gradients of what their layers read; nil where that frees nothing.
  func updatingEarly() throws -> StepVariant? {
    let sites = training.earlyUpdates
    guard !sites.isEmpty else { return nil }
    let old = PlanReport.OldWeights(tensors: sites.count, bytes: sites.reduce(0) { $0 + $1.bytes })
    return try after(old.text) { variant in
      variant.training = try training.updatingEarly(sites).reusingWindows()
      variant.oldWeights = old
    }
  }
}
