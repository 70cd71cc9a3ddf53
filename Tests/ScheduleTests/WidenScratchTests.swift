import IR
import Memory
import Operators
import Support
import Testing

@testable import Schedule

/// Scratch grows into bytes that nothing else uses, and the arena does not grow.
@Test func scratchGrowsIntoGaps() throws {
  var widened = 0
  for seed in UInt64(0)..<120 {
    var schedules = [
      try schedule(RandomStep.training(seed: seed, size: 10 + Int(seed) % 40), effort: .rules),
      try schedule(RandomStep.training(seed: seed + 1000, size: 30), effort: .rules),
    ]
    // Variables of one name may differ in size from net to net: then one program stands alone.
    if (try? place(schedules)) == nil { schedules.removeLast() }
    let before = try place(schedules, control: 64)
    var plan = before
    let needs = schedules.map(\.scratch)
    var generator = SeededGenerator(seed: seed)
    let wanted = Int.random(in: 1...4096, using: &generator)
    plan.widenScratch(&schedules) { _, _ in wanted }
    try plan.check(schedules)
    #expect(plan.arenaBytes == before.arenaBytes)
    for (schedule, need) in zip(schedules, needs) {
      #expect(schedule.scratch.map(\.bytes) == need.map(\.bytes) && schedule.scratch.map(\.step) == need.map(\.step))
      for scratch in schedule.scratch {
        #expect(scratch.room == scratch.bytes || scratch.bytes < scratch.room && scratch.room <= wanted)
        widened += scratch.room > scratch.bytes ? 1 : 0
      }
    }
  }
  #expect(widened > 0)
}

/// A convolution with scratch between its operand and its result, and behind it.
@Test func theSmallestGapThatHoldsItIsTaken() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(1, 3, 3, 4))
  let w = graph.variable("w", Constant(TensorType(2, 3, 3, 4), floats: Array(repeating: 1, count: 72)))
  let y = try graph.append(Conv(Sliding(pads: [1, 1, 1, 1])), x, w)
  graph.outputs = [("y", y)]
  var schedules = [try schedule(graph, effort: .rules)]
  let need = try #require(schedules[0].scratch.first)
  #expect(schedules[0].scratch.count == 1 && need.bytes > 0)
  let plan = try place(schedules)
  let (xBytes, yBytes, base) = (144, 80, plan.persistentBytes)
  func widened(_ wanted: Int, gaps: (Int, Int)) throws -> (offset: Int, room: Int) {
    var plan = plan
    plan.transientBytes = xBytes + gaps.0 + yBytes + gaps.1
    plan.programs[0].offsets[schedules[0].bufferOf[x]!] = base
    plan.programs[0].offsets[schedules[0].bufferOf[y]!] = base + xBytes + gaps.0
    var own = schedules
    plan.widenScratch(&own) { _, _ in wanted }
    try plan.check(own)
    return (plan.programs[0].scratchOffsets[0] - base, own[0].scratch[0].room)
  }
  let size = aligned(need.bytes, to: arenaAlignment)
  // Both hold it: the smaller one.
  #expect(try widened(size + 16, gaps: (size + 64, size + 32)) == (xBytes + size + 64 + yBytes, size + 16))
  #expect(try widened(size + 16, gaps: (size + 32, size + 64)) == (xBytes, size + 16))
  // Neither: the larger one, as far as it goes.
  #expect(try widened(4 * size, gaps: (size + 32, size + 64)) == (xBytes + size + 32 + yBytes, size + 64))
}
