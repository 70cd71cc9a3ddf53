import IR
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
  ///
  /// - Parameter estimated: whether their sizes can be told from what is kept.
  func paged(withState: Bool, estimated: Bool) throws -> [SizedVariant] {
    let lifetimes = SavedLifetimes(try schedules(.rules).train, training)
    let before = macs
    return training.pageable(withState: withState).growingPrefixes.map { some in
      let bytes = lifetimes.bytes(without: some.map { ($0.value, $0.bytes) })
      return SizedVariant(macs: before, estimate: estimated ? bytes : 0) { try paging(Array(some)) }
    }
  }

  /// Bytes that the step takes about where all is paged out that may be, by sizes and lifetimes.
  ///
  /// - Parameter inPatches: whether what patches change is left out.
  func leastPaged(withState: Bool, inPatches: Bool) throws -> Int {
    let (train, predict) = try schedules(.rules)
    let open: (training: Set<ValueID>, inference: Set<ValueID>) = inPatches ? patchable : ([], [])
    let savings = training.pageable(withState: withState).map { ($0.value, $0.bytes) }
    let paged = SavedLifetimes(train, training).bytes(without: savings, outside: open.training)
    return max(paged, predict.persistentBytes + predict.peaks(outside: open.inference).outside)
  }

  private func paging(_ some: [PagedValue]) throws -> StepVariant {
    let paged = try training.paging(some)
    let paging = PlanReport.Paging(
      tensors: some.count, fileBytes: paged.fileBytes, stateBytes: paged.stateBytes,
      bytesPerStep: some.reduce(0) { $0 + $1.bytes })
    return after(paging.text) { variant in
      variant.training = paged.step
      variant.paging = paging
    }
  }
}
