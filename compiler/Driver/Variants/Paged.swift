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
    let values = training.pageable
    var found: [StepVariant] = []
    var count = 1
    while !values.isEmpty {
      let some = Array(values.prefix(count))
      let (step, fileBytes) = try training.paging(some)
      var variant = self
      variant.training = step
      variant.paging = PlanReport.Paging(
        tensors: some.count, fileBytes: fileBytes, bytesPerStep: some.reduce(0) { $0 + $1.bytes })
      found.append(variant)
      if some.count == values.count { break }
      count *= 2
    }
    return found
  }
}
