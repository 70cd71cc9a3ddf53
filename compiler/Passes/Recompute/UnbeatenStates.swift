/// States of which none beats another in bytes and multiplications.
struct UnbeatenStates {
  typealias State = CheckpointFrontier.State

  private let isExact: Bool
  /// All that were inserted, or the best of each bucket of bytes.
  private var all: [State] = []
  /// Bucket → index into `all`.
  private var slots: [Int32] = []
  private var least: State?

  init(isExact: Bool) { self.isExact = isExact }

  mutating func insert(_ state: State) {
    if isExact {
      all.append(state)
      return
    }
    if (state.need, state.macs) < (least?.need ?? .max, least?.macs ?? .max) { least = state }
    let bucket = Self.bucket(state.need)
    while slots.count <= bucket { slots.append(-1) }
    let slot = Int(slots[bucket])
    if slot < 0 {
      slots[bucket] = Int32(all.count)
      all.append(state)
    } else if (state.macs, state.need) < (all[slot].macs, all[slot].need) {
      all[slot] = state
    }
  }

  /// Those that nothing beats, ever more bytes and ever fewer multiplications.
  func states() -> [State] {
    let candidates = all + [least].compactMap(\.self)
    let sorted = candidates.sorted { ($0.need, $0.macs) < ($1.need, $1.macs) }
    var result: [State] = []
    for state in sorted where state.macs < result.last?.macs ?? .max { result.append(state) }
    return result
  }

  /// 256 buckets between a number of bytes and twice as many.
  private static func bucket(_ need: Int) -> Int {
    let bits = Int.bitWidth - max(need, 1).leadingZeroBitCount
    return bits <= 8 ? need : (bits - 8) << 8 | (need >> (bits - 9)) & 0xff
  }
}
