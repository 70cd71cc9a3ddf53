import IR
import Operators
import Runtime
import Schedule

extension ImageContents {
  /// A plan: both programs over one arena, with their variables and constants.
  ///
  /// - Throws: `EmitError`.
  public init(
    train: Schedule, predict: Schedule, arena: ArenaPlan, machine: TargetMachine = .plain
  ) throws(EmitError) {
    try self.init(plans: [("", train)], predict: predict, arena: arena, machine: machine)
  }

  /// Plans over one arena, with their variables and constants; all plans have the same variables.
  ///
  /// Programs of the arena plan are the plans in their order, then `predict`. Batch, sides of a sample and classes are read
  /// off the graphs; learning rates, window, axes of the model's own input and metadata are left to the caller.
  /// - Parameter machine: what the variants of rows are chosen by.
  /// - Throws: `EmitError`.
  public init(
    plans: [(name: String, train: Schedule)], predict: Schedule, arena: ArenaPlan, machine: TargetMachine
  ) throws(EmitError) {
    self.init()
    arenaBytes = arena.arenaBytes
    persistentBytes = arena.persistentBytes
    var builders: [ProgramBuilder] = []
    for (index, program) in (plans.map(\.train) + [predict]).enumerated() {
      var builder = ProgramBuilder(program, arena, index: index, machine)
      try builder.build(&constants)
      builders.append(builder)
    }
    try addVariables(of: plans[0].train.graph, &builders[0])
    for plan in plans.dropFirst() { try expectVariables(of: plan.train.graph) }
    try expectVariables(of: predict.graph)
    name = plans[0].name
    train = builders[0].program
    others = zip(plans, builders).dropFirst().map { ($0.name, $1.program) }
    self.predict = builders[plans.count].program
    opcodes = Set(builders.flatMap(\.operators).map { type(of: $0).name }).sorted()
    try readSizes(plans[0].train.graph, predict.graph)
  }

  private func expectVariables(of graph: Graph) throws(EmitError) {
    let known = Set(variables.map(\.name))
    for id in graph.ids where graph.isVariable(id) && !known.contains(graph[id].name) {
      throw .unknownVariable(graph[id].name)
    }
  }

  private mutating func addVariables(of graph: Graph, _ builder: inout ProgramBuilder) throws(EmitError) {
    for id in graph.ids {
      guard case .variable(let constant) = graph[id].definition else { continue }
      let name = graph[id].name
      let isZero = constant.bytes().allSatisfy { $0 == 0 }
      variables.append(
        Variable(
          name: name, tensor: try builder.tensor(id, &constants),
          initial: isZero ? nil : try constants.add(name, constant)))
    }
  }

  private mutating func readSizes(_ graph: Graph, _ predict: Graph) throws(EmitError) {
    guard graph.output("loss") != nil else { throw .missing("loss") }
    guard let logits = predict.output("logits") else { throw .missing("logits") }
    for id in graph.ids {
      guard case .input = graph[id].definition else { continue }
      let samples = graph.sampleType(id)
      let shape = samples.type.shape
      switch graph[id].kind {
      case .label where samples.type.dtype == .i32:
        classes = predict.type(logits).shape.last ?? 0
        target = PlanArray(shape: [], sides: [1, 1, 1], type: .i32)
      case .label:
        classes = 0
        let own = Array(shape.dropFirst())
        target = PlanArray(shape: own, sides: [1, 1, own.reduce(1, *)], type: .f32)
      default:
        guard let first = shape.first else { throw .missing("batch") }
        batch = first
        inputName = graph[id].name
        readsInPlace = samples.areReferences
        let isInteger = samples.type.activation != nil
        input = PlanArray(SampleAxes(arena: shape))
        input.type = UInt32((isInteger ? ElementType.i8 : .f32).rawValue)
        if let (scale, zeroPoint) = samples.type.activation {
          (input.scale, input.zeroPoint) = (scale, Int32(zeroPoint))
        }
      }
    }
  }

  /// Says what the model's own sample looks like; the arena's stays as it is.
  public mutating func setInput(_ axes: SampleAxes) {
    var array = PlanArray(axes)
    (array.type, array.scale, array.zeroPoint) = (input.type, input.scale, input.zeroPoint)
    input = array
  }
}

extension Graph {
  /// What the samples of an input look like, which may be references to them.
  fileprivate func sampleType(_ input: ValueID) -> (type: TensorType, areReferences: Bool) {
    for node in nodes where node.inputs == [input] {
      if let crop = node.op as? SampleCrop { return (crop.picture, true) }
    }
    return (type(input), false)
  }
}
