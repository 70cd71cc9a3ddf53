import Passes
import Report

/// Paging: whether saved tensors and optimizer state may be kept in a file.
public enum PageOption: String, Sendable, CaseIterable {
  /// Where nothing else fits under the cap.
  case automatic = "auto"
  case none
}

extension StepVariant {
  /// Variants that page ever more values out.
  func paged(withState: Bool) throws -> [StepVariant] {
    try training.pageable(withState: withState).growingPrefixes.map { some in
      let paged = try training.paging(Array(some))
      let paging = PlanReport.Paging(
        tensors: some.count, fileBytes: paged.fileBytes, stateBytes: paged.stateBytes,
        bytesPerStep: some.reduce(0) { $0 + $1.bytes })
      return after(paging.text) { variant in
        variant.training = paged.step
        variant.paging = paging
      }
    }
  }
}
