import Emit
import Evaluate
import IR
import Operators
import Schedule
import Support
import Testing

@testable import Runtime

/// A planned image beside the naive way to run its graphs: every tensor in a buffer of its own, in append order.
struct Twin {
  let train: Schedule
  let predict: Schedule
  let arena: ArenaPlan
  let window: Int
  /// The step that the naive way runs: the same, or one that computes the same in another way.
  private let reference: Graph
  private let image: AlignedBytes
  /// Values of the variables, as the naive run has left them.
  private var variables: [String: [UInt8]] = [:]
  private let rates: [Float] = [0.5, 0.25, 0.125]

  /// Schedules, verifies, places, checks and emits both graphs.
  init(train: Schedule, predict: Graph, window: Int, reference: Graph? = nil) throws {
    self.train = train
    self.reference = reference ?? train.graph
    self.predict = try schedule(predict, effort: .rules)
    self.window = window
    try self.train.verify()
    try self.predict.verify()
    arena = try place([self.train, self.predict], control: 100)
    try arena.check([self.train, self.predict])
    var contents = try ImageContents(train: self.train, predict: self.predict, arena: arena)
    contents.window = window
    contents.learningRates = rates
    image = AlignedBytes(contents.bytes())
    for id in train.graph.ids where train.graph.isVariable(id) {
      variables[train.graph[id].name] = train.graph.constant(id)!.bytes()
    }
  }

  /// Runs the image and the naive way side by side and compares every byte that both have.
  ///
  /// The arena starts full of junk, and what lies behind it must stay as it is.
  mutating func compare(runs: Int, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let image = try Image(image.bytes)
    let guardBytes = 64
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: arena.arenaBytes + guardBytes, alignment: 64)
    defer { memory.deallocate() }
    for index in memory.indices { memory[index] = UInt8.random(in: 0...255, using: &generator) }
    let behind = Array(memory[arena.arenaBytes...])
    var session = try Session(image, arena: Arena(memory: memory.baseAddress!, bytes: arena.arenaBytes))
    let isSame = reference.values.count == train.graph.values.count
    for run in 0..<runs {
      let inputs = fill(session.batch(.train), reference, &generator)
      var context = StepContext()
      context.learningRate = rates[min(Int(session.step), rates.count - 1)]
      if isSame, window == 1 && run % 2 == 0 {
        let naive = try evaluate(reference, inputs, context)
        walk(&session, naive)
        expectResults(naive, of: reference, train, program: 0, memory)
      } else {
        context.isFirstMicroStep = session.microStep == 0
        context.isLastMicroStep = Int(session.microStep) == window - 1
        let naive = try evaluate(reference, inputs, context)
        let report = session.runStep()
        #expect(report.isUpdate == context.isLastMicroStep && report.learningRate == context.learningRate)
        expectResults(naive, of: reference, train, program: 0, memory)
      }
      expectVariables(memory, run)
      if run % 3 == 2 {
        let inputs = fill(session.batch(.predict), predict.graph, &generator)
        let naive = try evaluate(predict.graph, inputs, StepContext())
        session.predict()
        expectResults(naive, of: predict.graph, predict, program: 1, memory)
        expectVariables(memory, run)
      }
    }
    #expect(Array(memory[arena.arenaBytes...]) == behind)
  }

  private func fill(
    _ buffers: BatchBuffers, _ graph: Graph, _ generator: inout SeededGenerator
  ) -> [ValueID: [UInt8]] {
    for index in 0..<buffers.input.count { buffers.input[index] = generator.uniform(1) }
    if let classes = buffers.classes {
      for index in 0..<classes.count { classes[index] = Int32.random(in: 0..<3, using: &generator) }
    }
    if let targets = buffers.targets { for index in 0..<targets.count { targets[index] = generator.uniform(1) } }
    var inputs: [ValueID: [UInt8]] = [:]
    for id in graph.ids {
      guard case .input = graph[id].definition else { continue }
      switch graph[id].name {
      case "labels": inputs[id] = buffers.classes.map { e in bytes((0..<e.count).map { e[$0] }) }
      case "targets": inputs[id] = buffers.targets.map { e in bytes((0..<e.count).map { e[$0] }) }
      default: inputs[id] = bytes((0..<buffers.input.count).map { buffers.input[$0] })
      }
    }
    return inputs
  }

  /// Bytes of every value; variables are left as the step leaves them.
  private mutating func evaluate(
    _ graph: Graph, _ inputs: [ValueID: [UInt8]], _ context: StepContext
  ) throws -> [ValueID: [UInt8]] {
    var evaluator = Evaluator()
    evaluator.context = context
    var values: [ValueID: [UInt8]] = [:]
    /// Value → the variable that it is the present state of.
    var state: [ValueID: String] = [:]
    var updated = variables
    for id in graph.ids {
      switch graph[id].definition {
      case .input: values[id] = inputs[id]
      case .constant(let constant): values[id] = constant.bytes()
      case .variable:
        values[id] = variables[graph[id].name]
        state[id] = graph[id].name
      case .operation(let op, let operands):
        let isSkipped = (op is SGD || op is MomentumState) && !context.isLastMicroStep
        values[id] =
          isSkipped
          ? values[operands[0]]!
          : try evaluator.run(op, operands.map(graph.type), operands.map { values[$0]! }, graph.type(id))
        guard case .overwrites(let position) = op.sharing, let name = state[graph.content(of: operands[position])]
        else {
          continue
        }
        state[id] = name
        updated[name] = values[id]
      }
    }
    variables = updated
    return values
  }

  /// Runs the train program row by row and compares what each row is about to read.
  private func walk(_ session: inout Session, _ naive: [ValueID: [UInt8]]) {
    var step = 0
    session.walk { opcode, call in
      let node = train.graph.node(train.order[step])!
      #expect(type(of: node.op as! any KernelOperator).opcode == opcode)
      for operand in node.inputs {
        guard let offset = arena.offset(of: operand, program: 0, train) else { continue }
        let count = train.graph.type(operand).bytes
        let read = unsafe [UInt8](UnsafeRawBufferPointer(start: call.memory.arena + offset, count: count))
        #expect(read == naive[operand], "step \(step), \(node.op) reads %\(operand.index)")
      }
      step += 1
      return .run
    }
    #expect(step == train.order.count)
  }

  private func expectResults(
    _ naive: [ValueID: [UInt8]], of graph: Graph, _ schedule: Schedule, program: Int,
    _ memory: UnsafeMutableRawBufferPointer
  ) {
    for ((name, id), same) in zip(schedule.graph.outputs, graph.outputs) {
      guard let offset = arena.offset(of: id, program: program, schedule) else { continue }
      #expect(Array(memory[offset..<(offset + schedule.graph.type(id).bytes)]) == naive[same.value], "\(name)")
    }
  }

  private func expectVariables(_ memory: UnsafeMutableRawBufferPointer, _ run: Int) {
    for slot in arena.variables {
      #expect(
        Array(memory[slot.offset..<(slot.offset + slot.bytes)]) == variables[slot.name], "\(slot.name) after \(run)")
    }
  }
}
