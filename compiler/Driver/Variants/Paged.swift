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
      let paging = PlanReport.Paging(
        tensors: some.count, fileBytes: fileBytes, bytesPerStep: some.reduce(0) { $0 + $1.bytes })
      return after(paging.text) { variant in
        variant.training = step
        variant.paging = paging
      }
    }
  }
}
