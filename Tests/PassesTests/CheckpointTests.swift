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

  /// The choices that one table gives, played from front to back.
  @Test(arguments: UInt64(0)..<50)
  func everyChoiceTakesWhatItSays(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let chain = CheckpointChain.random(&generator)
    let frontier = chain.frontier()
    for budget in 1...300 {
      guard let choice = frontier.cheapest(under: budget) else { continue }
      #expect(choice == chain.cheapest(under: budget))
      let played = chain.play(choice)
      #expect(played.macs == choice.macs && played.peak == choice.peak)
    }
  }

  /// Of long chains, only where runs begin and end is coarser than all ways there are; the work does not grow with the
  /// chain any more.
  @Test(arguments: [700, 2_000, 10_000])
  func longChainsTakeBoundedWork(length: Int) throws {
    var generator = SeededGenerator(seed: UInt64(length))
    let chain = CheckpointChain.even(length, &generator)
    let frontier = chain.frontier()
    #expect(frontier.work < 100_000_000 && frontier.states < 2_000_000)
    let whole = try #require(frontier.cheapest(under: .max))
    #expect(whole.runs.isEmpty)
    // What is not kept is computed again; the values that runs start from are all that is lost.
    for part in [2, 4, 8] {
      let choice = try #require(frontier.cheapest(under: whole.peak / part))
      let played = chain.play(choice)
      #expect(played.macs == choice.macs && played.peak == choice.peak && choice.peak <= whole.peak / part)
      let all = chain.segments.reduce(0) { $0 + $1.macs }
      #expect(choice.macs < all - all / part + all / 20)
    }
    // Checkpoints at every √n-th segment would do with twice as much (Chen et al.).
    let root = Int(Double(length).squareRoot().rounded(.up))
    #expect(frontier.cheapest(under: 2 * root * 64 + 200) != nil)
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

  /// Segments that are nearly alike, as those of one block after the other.
  fileprivate static func even(_ length: Int, _ generator: inout SeededGenerator) -> CheckpointChain {
    CheckpointChain(
      (0..<length).map { _ in
        Segment(
          saved: Int.random(in: 60...64, using: &generator), cut: 30, cutIsSaved: true, macs: 100, forward: 90,
          backward: 120)
      }, start: 30)
  }

  /// What a choice comes to.
  fileprivate func play(_ choice: Choice) -> (macs: Int, peak: Int) {
    var actions = [Int](repeating: 0, count: segments.count)
    for run in choice.runs { for index in run { actions[index] = index == run.lowerBound ? 1 : 2 } }
    return play(actions)
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
