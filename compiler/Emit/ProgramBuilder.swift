import IR
import Operators
import Runtime
import Schedule

/// Turns one schedule into tables: a row a step, a tensor a value that a row or the outside touches.
struct ProgramBuilder {
  let schedule: Schedule
  let arena: ArenaPlan
  /// Index of this program in the arena plan.
  let index: Int
  let machine: TargetMachine
  private(set) var program = ImageContents.Program()
  /// Operator of each row.
  private(set) var operators: [any KernelOperator] = []
  private var tensors: [ValueID: Int] = [:]

  init(_ schedule: Schedule, _ arena: ArenaPlan, index: Int, _ machine: TargetMachine) {
    self.schedule = schedule
    self.arena = arena
    self.index = index
    self.machine = machine
  }

  /// Fills tables and bindings; constants go to the pool.
  mutating func build(_ constants: inout ConstantPool) throws(EmitError) {
    try addRows(&constants)
    try bind(&constants)
    try checkRows()
  }

  /// Index of a value in the tensor table.
  mutating func tensor(_ id: ValueID, _ constants: inout ConstantPool) throws(EmitError) -> Int {
    if let known = tensors[id] { return known }
    let type = schedule.graph.type(id)
    let content = schedule.graph.content(of: id)
    let section: Section
    let offset: Int
    if let placed = arena.offset(of: id, program: index, schedule) {
      (section, offset) = (.arena, placed)
    } else if case .constant(let constant) = schedule.graph[content].definition {
      (section, offset) = (.constants, try constants.add(schedule.graph[content].name, constant))
    } else {
      throw .notPlaced(schedule.graph[id].name)
    }
    return add(TensorRow(section: section, type: type.elementType, count: type.count, offset: offset), for: id)
  }

  private mutating func add(_ row: TensorRow, for id: ValueID? = nil) -> Int {
    program.tensors.append(row)
    if let id { tensors[id] = program.tensors.count - 1 }
    return program.tensors.count - 1
  }

  private mutating func addRows(_ constants: inout ConstantPool) throws(EmitError) {
    let graph = schedule.graph
    var scratch: [Int: TensorRow] = [:]
    for (entry, offset) in zip(schedule.scratch, arena.programs[index].scratchOffsets) {
      scratch[entry.step] = TensorRow(section: .arena, type: .u8, count: entry.room, offset: offset)
    }
    for (step, id) in schedule.order.enumerated() {
      guard let node = graph.node(id) else { throw .notPlaced(graph[id].name) }
      guard let kernel = node.op as? any KernelOperator else { throw .noKernel(type(of: node.op).name) }
      var operands = [try tensor(id, &constants)]
      for input in node.inputs { operands.append(try tensor(input, &constants)) }
      if let row = scratch[step] { operands.append(add(row)) }
      let (types, output) = (node.inputs.map(graph.type), graph.type(id))
      program.words += rowWords(
        kernel, operands: operands, types: types, output: output, onlyInLastMicroStep: kernel.runsOnceAWindow,
        variant: kernel.variant(types, output, on: machine), scratch: scratch[step].map { Int($0.count) })
      program.rows += 1
      operators.append(kernel)
    }
  }

  private mutating func bind(_ constants: inout ConstantPool) throws(EmitError) {
    let graph = schedule.graph
    for id in graph.ids {
      guard case .input = graph[id].definition else { continue }
      let tensor = try tensor(id, &constants)
      if graph[id].kind == .label { program.labels = tensor } else { program.input = tensor }
    }
    if let loss = graph.output("loss") { program.loss = try tensor(loss, &constants) }
    if let correct = graph.output("correct") { program.correct = try tensor(correct, &constants) }
    if let logits = graph.output("logits") { program.logits = try tensor(logits, &constants) }
  }

  /// Asks every kernel whether it takes its operands: the reader will ask again.
  private func checkRows() throws(EmitError) {
    let refused = program.tensors.withUnsafeBufferPointer { tensors in
      program.words.withUnsafeBufferPointer { words -> (any KernelOperator)? in
        guard let table = tensors.baseAddress, var word = words.baseAddress else { return nil }
        for op in operators {
          // Sizes and types are compared, no byte is read: the tables may stand for the memory.
          let memory = ProgramMemory(
            tensors: table, constants: UnsafeRawPointer(table), arena: UnsafeMutableRawPointer(mutating: table))
          let call = Call(words: word, memory: memory)
          guard accepts(type(of: op).opcode, call, tensorCount: tensors.count) else { return op }
          word += call.head.words
        }
        return nil
      }
    }
    if let refused { throw .kernelRefused(type(of: refused).name) }
  }
}
