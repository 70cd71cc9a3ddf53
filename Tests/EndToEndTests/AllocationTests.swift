import CJemalloc
import Driver
import Runtime
import Samples
import Support
import Testing

@testable import Espalier

/// The allocator's own exact count of what this thread has taken from it.
private func allocatedBytes() -> UInt64 {
  var bytes: UInt64 = 0
  var size = MemoryLayout<UInt64>.size
  let status = mallctl("thread.allocated", &bytes, &size, nil, 0)
  precondition(status == 0, "the allocator does not count")
  return bytes
}

struct AllocationTests {
  @Test func theCounterSeesAnAllocation() {
    let before = allocatedBytes()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 1000, alignment: 16)
    let after = allocatedBytes()
    memory.deallocate()
    #expect(after >= before + 1000)
  }

  @Test func trainingStepsTakeNothingFromTheHeap() throws {
    let training = try SmallTraining()
    for policy in ["full", "bias"] {
      let plan = try training.plan(.preset(policy)) {
        $0.optimizer = .momentum
        $0.accumulate = 2
      }
      var session = try Session(plan.image)
      let order = DataOrder(shuffles: true, augmentation: Augmentation(flips: true, shifts: true))
      var cursor = try training.samples.cursor(.train, for: plan, order)
      var loss: Float = 0
      func step() throws(DataError) {
        _ = try cursor.fill(session.batch(.train))
        loss += session.runStep().loss
      }
      try step()
      let before = allocatedBytes()
      for _ in 0..<30 { try step() }
      let after = allocatedBytes()
      #expect(after == before)
      #expect(loss.isFinite && session.step == 15)
    }
  }
}
