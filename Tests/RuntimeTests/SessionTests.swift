import Emit
import Support
import Testing

@testable import Runtime

struct SessionTests {
  private let memory = AlignedBytes(TinyPlan.contents().bytes())

  private func fill(_ session: borrowing Session, _ kind: ProgramKind, _ values: [Float]) {
    let input = session.batch(kind).input
    for (index, value) in values.enumerated() { input[index] = value }
  }

  @Test func stepsRunRowsAndUpdatesRunLast() throws {
    var session = try Session(Image(memory.bytes))
    #expect(floats(session.variable(0)) == TinyPlan.initial)
    fill(session, .train, [2, -1, 0, 4, -5, 6])
    let first = session.runStep()
    #expect(first == StepReport(step: 0, isUpdate: false, loss: 2, correct: nil, samples: 2, learningRate: 0.5))
    #expect(floats(session.logits(.train)) == [2, 0, 0, 4, 0, 6])
    #expect(floats(session.variable(0)) == TinyPlan.initial)
    let second = session.runStep()
    #expect(second.isUpdate && second.step == 1 && second.isFinite)
    #expect(floats(session.variable(0)) == [10, 0, 0, 40, 0, 60])
    let third = session.runStep()
    #expect(third.learningRate == 0.25)
    session.reset()
    #expect(floats(session.variable(0)) == TinyPlan.initial)
    #expect(session.step == 0)
  }

  @Test func predictionLeavesVariables() throws {
    var session = try Session(Image(memory.bytes))
    fill(session, .predict, [-1, 1, -1, 1, -1, 1])
    session.predict()
    #expect(floats(session.logits(.predict)) == [0, 1, 0, 1, 0, 1])
    #expect(floats(session.variable(0)) == TinyPlan.initial)
  }

  @Test func walkSkipsWhatTheVisitorSkips() throws {
    var session = try Session(Image(memory.bytes))
    fill(session, .train, [1, 1, 1, 1, 1, 1])
    var seen: [Float] = []
    session.walk { opcode, call in
      guard opcode == .reluGrad else { return .run }
      seen = floats(call.floats(1))
      return .skip
    }
    #expect(seen == TinyPlan.gradient)
    #expect(floats(session.variable(0)) == TinyPlan.initial)
    #expect(session.step == 0)
  }

  @Test func lossThatIsNoNumberIsReported() throws {
    var session = try Session(Image(memory.bytes))
    fill(session, .train, [.infinity, 1, 1, 1, 1, 1])
    let report = session.runStep()
    #expect(!report.isFinite)
  }

  @Test func memoryOfTheCaller() throws {
    let image = try Image(memory.bytes)
    let own = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 64)
    defer { own.deallocate() }
    let base = own.baseAddress!
    var session = try Session(image, arena: Arena(memory: base, bytes: 256))
    let report = session.runStep()
    #expect(report.samples == 2)
    #expect(throws: RunError.arenaTooSmall(needed: 256, given: 255)) {
      _ = try Session(image, arena: Arena(memory: base, bytes: 255))
    }
    #expect(throws: RunError.arenaMisaligned) { _ = try Arena(memory: base + 4, bytes: 252) }
  }
}
