/// What training changes of a tensor.
public enum TrainMode: String, Sendable, Codable {
  case full
  /// A range of input channels (of channels in depthwise layers), of all outputs or a range of them.
  case region
}

/// One tensor that a step updates.
public struct TrainedParameter: Sendable {
  /// Name in the ONNX file.
  public let name: String
  public let mode: TrainMode
  public let region: WeightRegion?
  public var value: ValueID
  public var gradient: ValueID
  /// The node that reads the gradient: the update itself, or what keeps state before it.
  public var consumer: ValueID
  /// The node that writes the new value over the old.
  public var update: ValueID

  public init(
    name: String, mode: TrainMode, region: WeightRegion?, value: ValueID, gradient: ValueID, consumer: ValueID,
    update: ValueID
  ) {
    self.name = name
    self.mode = mode
    self.region = region
    self.value = value
    self.gradient = gradient
    self.consumer = consumer
    self.update = update
  }
}

/// A whole training step: forward, loss, backward and updates as ordinary nodes of one graph.
public struct TrainingGraph: Sendable {
  public var graph: Graph
  /// Values below this index are forward; the others were appended by differentiation.
  public var forwardCount: Int
  public var logits: ValueID
  public var loss: ValueID
  public var parameters: [TrainedParameter]

  public init(
    graph: Graph, forwardCount: Int, logits: ValueID, loss: ValueID, parameters: [TrainedParameter]
  ) {
    self.graph = graph
    self.forwardCount = forwardCount
    self.logits = logits
    self.loss = loss
    self.parameters = parameters
  }

  /// Checks what every stage after differentiation relies on: one update for each trained parameter.
  public func verify() throws(VerifyError) {
    try graph.verify()
    var updated: Set<ValueID> = []
    for parameter in parameters {
      guard case .overwrites(let operand)? = graph.node(parameter.update)?.op.sharing,
        graph.node(parameter.update)?.inputs[operand] == parameter.value, graph.isVariable(parameter.value),
        updated.insert(parameter.value).inserted
      else {
        throw VerifyError(value: parameter.value, name: parameter.name, reason: .notUpdatedOnce)
      }
    }
  }
}
