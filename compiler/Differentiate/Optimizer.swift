import IR
import Operators

/// Optimizer: how a gradient changes a weight, and its state; all of it in place, with bytes known ahead.
///
/// Gradient accumulation: the gradient is the mean over `accumulate` micro-batches. Learning rates come from the
/// schedule at run time.
public struct Optimizer: Hashable, Sendable {
  /// Share of the old velocity that is kept; 0 is plain SGD without state.
  public var momentum: Double
  public var weightDecay: Double
  /// Micro-batches of one update.
  public var accumulate: Int
  /// How weights that are integers are trained; momentum and decay above are those of float weights.
  public var integers: IntegerUpdate

  public init(
    momentum: Double = 0, weightDecay: Double = 0, accumulate: Int = 1, integers: IntegerUpdate = IntegerUpdate()
  ) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.accumulate = accumulate
    self.integers = integers
  }

  /// Appends the nodes that take `gradient` and write the new value of `weight` over the old.
  ///
  /// Returns the node that reads the gradient and the one that overwrites the weight.
  func append(
    to graph: inout Graph, _ weight: ValueID, _ gradient: ValueID
  ) throws(DifferentiateError) -> (consumer: ValueID, update: ValueID) {
    let name = graph[weight].name
    let state = ValueKind.state(of: name)
    var nodes: [ValueID] = []
    var direction = gradient
    if accumulate > 1 {
      let sum = graph.zeros("state:sum:" + name, graph.type(gradient), state)
      direction = try graph.appending(Accumulate(), sum, direction, name: "")
      nodes.append(direction)
    }
    if !graph.type(weight).dtype.isFloat {
      let update = try integerUpdate(&graph, weight, direction)
      return (nodes.first ?? update, update)
    }
    var decay = weightDecay
    var count = accumulate
    if momentum != 0 {
      let velocity = graph.zeros("state:momentum:" + name, graph.type(weight), state)
      let op = MomentumState(momentum: momentum, weightDecay: decay, accumulate: count)
      direction = try graph.appending(op, velocity, direction, weight, name: "")
      nodes.append(direction)
      (decay, count) = (0, 1)
    }
    let update = try graph.appending(SGD(weightDecay: decay, accumulate: count), weight, direction, name: "")
    return (nodes.first ?? update, update)
  }
}

extension Optimizer {
  /// Appends the update of an integer weight or bias, with its state.
  private func integerUpdate(
    _ graph: inout Graph, _ weight: ValueID, _ direction: ValueID
  ) throws(DifferentiateError) -> ValueID {
    let (name, type) = (graph[weight].name, graph.type(weight))
    let axis = type.quantization?.axis ?? 0
    guard let scales = type.weightScales(type.shape[axis], axis: axis) else {
      throw .shape(node: name, ShapeError(QuantizedUpdate.name, "takes symmetric weights, not \(type)"))
    }
    let constant = Constant(TensorType(scales.count), floats: liveScales(scales))
    let factors = graph.constant(
      graph.unused("scales:update:" + name), constant, kind: .scale(.update, of: name))
    var operands = [weight, direction, factors]
    for (kind, type) in integers.state(type.count) {
      operands.append(graph.zeros("state:\(kind):" + name, type, .state(of: name)))
    }
    var update = integers
    update.accumulate = accumulate
    let op = QuantizedUpdate(update, axis: axis, tensor: UInt32(weight.index))
    do { return try graph.append(op, operands) } catch { throw .shape(node: name, error) }
  }
}

extension Graph {
  fileprivate mutating func zeros(_ name: String, _ type: TensorType, _ kind: ValueKind) -> ValueID {
    variable(unused(name), Constant(type, bytes: Array(repeating: 0, count: type.bytes)), kind: kind)
  }
}
