import IR
import Passes
import Support
import Testing

/// Which segments to recompute, against all ways to do it.
struct CheckpointTests {
  @Test(arguments: UInt64(0)..<200)
  func theChainIsSolvedExactly(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let chain = CheckpointChain.random(&generator)
    let all = chain.allChoices
    for peak in Set(all.map(\.peak)) {
      for budget in [peak - 1, peak] {
        let best = all.filter { $0.peak <= budget }.map(\.macs).min()
        let found = chain.cheapest(under: budget)
        #expect(found?.macs == best)
        #expect(found.map { $0.peak <= budget } ?? true)
      }
    }
  }

  /// Where there is memory enough, nothing is computed twice.
  @Test func nothingIsRecomputedWithoutNeed() {
    var generator = SeededGenerator(seed: 3)
    let chain = CheckpointChain.random(&generator)
    #expect(chain.cheapest(under: 1_000_000)?.runs == [])
    #expect(chain.cheapest(under: 0) == nil)
  }
}

extension CheckpointChain {
  fileprivate static func random(_ generator: inout SeededGenerator) -> CheckpointChain {
    func bytes(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let segments = (0..<bytes(2...7)).map { _ in
      let saved = bytes(0...3) == 0 ? 0 : bytes(1...40)
      return Segment(
        saved: saved, cut: bytes(1...min(max(saved, 1), 12)), cutIsSaved: saved > 0 && bytes(0...1) == 0,
        macs: bytes(1...20), forward: bytes(1...60), backward: bytes(1...90))
    }
    return CheckpointChain(segments, start: bytes(1...10))
  }

  /// Every way to cut the chain into segments that are kept and runs that are not, played from front to back.
  fileprivate var allChoices: [(macs: Int, peak: Int)] {
    (0..<(1 << (2 * segments.count))).compactMap { code in
      let actions = segments.indices.map { code >> (2 * $0) & 3 }
      // 0: kept, 1: begins a run, 2: goes on with one.
      guard !actions.contains(3), actions.first != 2 else { return nil }
      for index in actions.indices.dropFirst() where actions[index] == 2 && actions[index - 1] == 0 { return nil }
      return play(actions)
    }
  }

  private func play(_ actions: [Int]) -> (macs: Int, peak: Int) {
    var (macs, kept, again, peak) = (0, 0, 0, 0)
    for (index, segment) in segments.enumerated() {
      if actions[index] < 2 { again = 0 }
      if actions[index] == 1 {
        let isKept = index > 0 && actions[index - 1] == 0 && segments[index - 1].cutIsSaved
        kept += index == 0 ? start : isKept ? 0 : segments[index - 1].cut
      }
      peak = max(peak, kept + again + max(segment.forward, segment.backward))
      if actions[index] == 0 {
        kept += segment.saved
      } else {
        again += segment.saved
        macs += segment.macs
      }
    }
    return (macs, peak)
  }
}
