import IR
import Schedule

/// A variant and what it takes.
struct SizedVariant {
  let variant: StepVariant
  /// Bytes that no placement of it can go below.
  let bytes: Int
  /// The same without the operations that another stage could compute in patches.
  let settled: Int
  let macs: Int

  init(_ variant: StepVariant) throws {
    self.variant = variant
    let (train, predict) = try variant.schedules()
    let open = variant.patchable
    let peaks = (train.peaks(outside: open.training), predict.peaks(outside: open.inference))
    bytes = train.persistentBytes + max(peaks.0.all, peaks.1.all)
    settled = train.persistentBytes + max(peaks.0.outside, peaks.1.outside)
    macs = variant.macs
  }

  /// The smallest first; of equals, the one with the fewest multiplications.
  static func all(_ variants: [StepVariant]) throws -> [SizedVariant] {
    try variants.map { try SizedVariant($0) }.sorted { ($0.bytes, $0.macs) < ($1.bytes, $1.macs) }
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
