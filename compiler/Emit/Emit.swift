import IR
import Operators
import Runtime
import Schedule

extension ImageContents {
  /// Both programs of a plan over one arena, with their variables and constants.
  ///
  /// Program 0 of the arena plan is `train`, program 1 is `predict`. Batch, sides of a sample and classes are read
  /// off the graphs; learning rates, window, layout of the model's input and metadata are left to the caller.
  /// - Throws: `EmitError`.
  public init(train: Schedule, predict: Schedule, arena: ArenaPlan) throws(EmitError) {
    self.init()
    arenaBytes = arena.arenaBytes
    persistentBytes = arena.persistentBytes
    var trainBuilder = ProgramBuilder(train, arena, index: 0)
    var predictBuilder = ProgramBuilder(predict, arena, index: 1)
    try trainBuilder.build(&constants)
    try predictBuilder.build(&constants)
    try addVariables(of: train.graph, &trainBuilder)
    for id in predict.graph.ids where predict.graph.isVariable(id) {
      let name = predict.graph[id].name
      guard variables.contains(where: { $0.name == name }) else { throw .unknownVariable(name) }
    }
    self.train = trainBuilder.program
    self.predict = predictBuilder.program
    opcodes = Set((trainBuilder.operators + predictBuilder.operators).map { type(of: $0).name }).sorted()
    try readSizes(train.graph, predict.graph)
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
      switch graph[id].name {
      case "labels": classes = predict.type(logits).shape.last ?? 0
      case "targets": classes = 0
      default:
        guard let first = shape.first else { throw .missing("batch") }
        batch = first
        inputQuantization = samples.type.activation
        readsInPlace = samples.areReferences
        if shape.count == 4 {
          (height, width, channels) = (shape[1], shape[2], shape[3])
        } else {
          (height, width, channels) = (1, 1, shape.dropFirst().reduce(1, *))
        }
      }
    }
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
