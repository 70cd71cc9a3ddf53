import IR
import Schedule

/// A variant and what it takes; it is made, and its bytes are found out, when they are asked for.
final class SizedVariant {
  /// Multiplications of one step, before a codec adds its own.
  let macs: Int
  /// Bytes that it takes about, or more, by the sizes and lifetimes of the step it is made of; 0 where nothing is
  /// known.
  let estimate: Int
  /// The layer behind those that are computed in patches.
  let lastLayer: Int
  private let make: () throws -> StepVariant
  private var made: StepVariant?
  private var known: (bytes: Int, peakOutsidePatches: Int)?

  init(macs: Int, lastLayer: Int = 0, estimate: Int = 0, make: @escaping () throws -> StepVariant) {
    self.macs = macs
    self.lastLayer = lastLayer
    self.estimate = estimate
    self.make = make
  }

  convenience init(_ whole: StepVariant) { self.init(macs: whole.macs) { whole } }

  func variant() throws -> StepVariant {
    if let made { return made }
    let variant = try make()
    made = variant
    return variant
  }

  /// Lets go of the variant; it is made anew if anybody asks for it.
  func forget() { made = nil }

  /// Peak of live bytes, which no placement can go below, in an order that is quickly found; and the same without the
  /// operations that another stage could compute in patches.
  func sizes() throws -> (bytes: Int, peakOutsidePatches: Int) {
    if let known { return known }
    let variant = try variant()
    let (train, predict) = try variant.schedules(.rules)
    let open = variant.patchable
    let peaks = (train.peaks(outside: open.training), predict.peaks(outside: open.inference))
    let sizes = (
      bytes: train.persistentBytes + max(peaks.0.all, peaks.1.all),
      peakOutsidePatches: train.persistentBytes + max(peaks.0.outside, peaks.1.outside)
    )
    known = sizes
    return sizes
  }

  /// Whether it may take so few bytes: estimates are about right, and right for the order they were made in.
  func mayTake(_ bytes: Int) -> Bool { estimate - estimate / 4 <= bytes }
}

extension Schedule {
  /// The most transient bytes of all steps, and of those that run none of these operations.
  func peaks(outside operations: Set<ValueID>) -> (all: Int, outside: Int) {
    let live = liveBytes()
    let outside = zip(order, live).filter { !operations.contains($0.0) }.map(\.1)
    return (live.max() ?? 0, outside.max() ?? 0)
  }
}
