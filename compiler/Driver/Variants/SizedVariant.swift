import IR
import Schedule

/// A variant and what it takes; its bytes are found out when they are asked for.
final class SizedVariant {
  let variant: StepVariant
  let macs: Int
  private var known: (bytes: Int, settled: Int)?

  init(_ variant: StepVariant) {
    self.variant = variant
    macs = variant.macs
  }

  /// Bytes that no placement of it can go below in an order that is quickly found; and the same without the operations that another stage could compute in
  /// patches.
  func sizes() throws -> (bytes: Int, settled: Int) {
    if let known { return known }
    let (train, predict) = try variant.schedules(.rules)
    let open = variant.patchable
    let peaks = (train.peaks(outside: open.training), predict.peaks(outside: open.inference))
    let sizes = (
      bytes: train.persistentBytes + max(peaks.0.all, peaks.1.all),
      settled: train.persistentBytes + max(peaks.0.outside, peaks.1.outside)
    )
    known = sizes
    return sizes
  }
}

extension Schedule {
  /// The most transient bytes of all steps, and of those that run none of these operations.
  fileprivate func peaks(outside operations: Set<ValueID>) -> (all: Int, outside: Int) {
    let live = liveBytes()
    let outside = zip(order, live).filter { !operations.contains($0.0) }.map(\.1)
    return (live.max() ?? 0, outside.max() ?? 0)
  }
}
