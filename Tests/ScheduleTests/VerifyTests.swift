import IR
import Memory
import Operators
import Support
import Testing

@testable import Schedule

private let type = TensorType(2, 8)

/// y = relu(x·w); dw and dx from dy = relu'(y); w ← w − rate·dw; the outside reads dx.
private struct Step {
  var graph = Graph()
  let x, w, product, dw, dx, update: ValueID
  let planned: Schedule

  init() throws {
    x = graph.input("x", TensorType(2, 4, 4, 3))
    w = graph.variable("w", Constant(TensorType(3, 3, 3, 3), floats: Array(repeating: 1, count: 81)))
    let same = Sliding(pads: [1, 1, 1, 1])
    product = try graph.append(Conv(same), x, w)
    let y = try graph.append(Relu(), product)
    let dy = try graph.append(ReluGrad(), y, y)
    dw = try graph.append(ConvGradWeight(same, kernel: [3, 3], groups: 1), x, dy)
    dx = try graph.append(ConvGradInput(same, inputSize: [4, 4], groups: 1), dy, w)
    update = try graph.append(SGD(), w, dw)
    graph.outputs = [("dx", dx)]
    planned = try schedule(graph)
  }

  func step(_ id: ValueID) -> Int { planned.order.firstIndex(of: id)! }
  func buffer(_ id: ValueID) -> Int { planned.bufferOf[id]! }
}

struct VerifyTests {
  private let step: Step
  init() throws { step = try Step() }

  private func expect(_ defect: ScheduleDefect, _ change: (inout Schedule) -> Void) {
    var schedule = step.planned
    change(&schedule)
    #expect(throws: defect) { try schedule.verify() }
  }

  @Test func theScheduleItselfIsSound() throws {
    try step.planned.verify()
    #expect(step.planned.bufferOf[step.update] == step.buffer(step.w))
    #expect(step.step(step.dx) < step.step(step.update))
  }

  @Test func anUpdateBeforeTheGradientThatReadsTheOldWeightIsFound() {
    expect(.notThere(step.w, step: step.planned.steps - 1)) { schedule in
      for index in schedule.buffers.indices { schedule.buffers[index].last = schedule.steps - 1 }
      schedule.order.removeAll { $0 == step.dx }
      schedule.order.append(step.dx)
    }
  }

  @Test func readingWhatHasBeenOverwrittenIsFound() {
    // The gradient of the weight gets the buffer of x, which it reads.
    expect(.writesOverOperand(step.dw, operand: 0)) { $0.bufferOf[step.dw] = step.buffer(step.x) }
    // The gradient of the input goes where that of the weight still waits for the update.
    expect(.notThere(step.dw, step: step.step(step.update))) { schedule in
      schedule.bufferOf[step.dx] = schedule.bufferOf[step.dw]
      schedule.buffers[step.buffer(step.dw)].bytes = 1 << 20
    }
  }

  @Test func lifetimesAndSizesAreChecked() {
    let buffer = step.buffer(step.x)
    expect(.outsideLifetime(step.x, step: 0)) { $0.buffers[buffer].first = 1 }
    expect(.outsideLifetime(step.x, step: step.step(step.dw))) { $0.buffers[buffer].last = 0 }
    expect(.bufferTooSmall(step.x)) { $0.buffers[buffer].bytes -= 1 }
    expect(.noBuffer(step.dw)) { $0.bufferOf[step.dw] = nil }
  }

  @Test func everyOperationRunsOnce() {
    let first = step.planned.order[0]
    expect(.notRunOnce(first)) { $0.order[$0.order.count - 1] = first }
    expect(.notRunOnce(step.update)) { $0.order.removeAll { $0 == step.update } }
    expect(.notRunOnce(step.x)) { $0.order[0] = step.x }
  }

  @Test func variablesStayInTheirSection() {
    let buffer = step.buffer(step.w)
    expect(.section(step.w)) { $0.buffers[buffer].isPersistent = false }
    expect(.section(step.w)) { $0.buffers[buffer].last = 0 }
    expect(.section(step.x)) { $0.buffers[step.buffer(step.x)].isPersistent = true }
    expect(.updateElsewhere(step.update)) { $0.bufferOf[step.update] = step.buffer(step.x) }
  }

  @Test func scratchIsThere() throws {
    let used = step.planned.scratch
    try #require(!used.isEmpty)
    let id = step.planned.order[used[0].step]
    expect(.scratchMissing(id)) { $0.scratch.removeFirst() }
    expect(.scratchMissing(id)) { $0.scratch[0].bytes -= 1 }
  }

  @Test func resultsOutliveTheLastStep() {
    expect(.outsideLifetime(step.dx, step: step.planned.steps - 1)) { schedule in
      schedule.buffers[step.buffer(step.dx)].last = step.step(step.dx)
    }
  }
}

struct ArenaTests {
  private let step: Step
  private let plan: ArenaPlan
  init() throws {
    step = try Step()
    plan = try place([step.planned], control: 40)
  }

  @Test func sectionsFollowEachOther() throws {
    try plan.check([step.planned])
    #expect(plan.variables == [.init(name: "w", offset: 0, bytes: 324)])
    #expect(plan.persistentBytes == 336 && plan.controlBytes == 48)
    #expect(plan.arenaBytes == plan.controlOffset + 48)
    #expect(plan.offset(of: step.update, program: 0, step.planned) == 0)
  }

  /// Every pair of things in use at one step, moved onto each other.
  @Test func everyPlantedOverlapIsFound() {
    let (items, buffers) = step.planned.transientItems()
    var planted = 0
    for a in buffers.indices {
      for b in buffers.indices where a != b && items[a].overlaps(items[b]) {
        var wrong = plan
        wrong.programs[0].offsets[buffers[a]] = plan.programs[0].offsets[buffers[b]]
        planted += 1
        let error = #expect(throws: ArenaError.self) { try wrong.check([step.planned]) }
        guard case .placement(program: 0, .overlap)? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      for position in plan.programs[0].scratchOffsets.indices where items[a].overlaps(items[buffers.count + position]) {
        var wrong = plan
        wrong.programs[0].scratchOffsets[position] = plan.programs[0].offsets[buffers[a]]
        planted += 1
        #expect(throws: ArenaError.self) { try wrong.check([step.planned]) }
      }
      var wrong = plan
      wrong.programs[0].offsets[buffers[a]] = 0  // the variable's place
      #expect(throws: ArenaError.self) { try wrong.check([step.planned]) }
      wrong.programs[0].offsets[buffers[a]] = plan.controlOffset
      #expect(throws: ArenaError.self) { try wrong.check([step.planned]) }
    }
    #expect(planted > 8)
  }

  @Test func variablesHaveOnePlaceInAllPrograms() throws {
    var wrong = plan
    wrong.programs[0].offsets[step.planned.bufferOf[step.w]!] = 16
    #expect(throws: ArenaError.variableMisplaced(name: "w")) { try wrong.check([step.planned]) }
    var other = Graph()
    other.variable("w", Constant(TensorType(5), floats: [1, 2, 3, 4, 5]))
    let second = try schedule(other)
    #expect(throws: ArenaError.variableDiffers(name: "w")) { try place([step.planned, second]) }
  }

  @Test func programsShareTheirTransientSection() throws {
    var small = Graph()
    let x = small.input("x", TensorType(4))
    small.outputs = [("y", try small.append(Relu(), x))]
    let second = try schedule(small)
    let both = try place([step.planned, second])
    let alone = try place([step.planned])
    try both.check([step.planned, second])
    #expect(both.arenaBytes == alone.arenaBytes)
    #expect(both.programs[1].transientBytes == 16)
  }
}
