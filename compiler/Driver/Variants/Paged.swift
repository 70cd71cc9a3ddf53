import Passes
import Report

/// Whether forward values may wait for backward in a file.
public enum PageOption: String, Sendable, CaseIterable {
  /// Where nothing else fits under the cap.
  case automatic = "auto"
  case none
}

extension StepVariant {
  /// Variants that page ever more forward values out.
  func paged() throws -> [StepVariant] {
    try training.pageable.growingPrefixes.map { some in
      let (step, fileBytes) = try training.paging(Array(some))
      var variant = self
      variant.training = step
      variant.paging = PlanReport.Paging(
        tensors: some.count, fileBytes: fileBytes, bytesPerStep: some.reduce(0) { $0 + $1.bytes })
      return variant
    }
  }
}
