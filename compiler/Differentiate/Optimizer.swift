import IR
import Operators

/// How a gradient changes a weight, and the state that takes; all of it in place, with bytes known ahead.
///
/// The gradient is the mean over `accumulate` micro-steps. Learning rates come from the schedule at run time.
public struct Optimizer: Hashable, Sendable {
  /// Share of the old velocity that is kept; 0 is plain SGD without state.
  public var momentum: Double
  public var weightDecay: Double
  /// Micro-steps of one update.
  public var accumulate: Int

  public init(momentum: Double = 0, weightDecay: Double = 0, accumulate: Int = 1) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.accumulate = accumulate
  }

  /// Appends the nodes that take `gradient` and write the new value of `weight` over the old.
  ///
  /// Returns the node that reads the gradient and the one that overwrites the weight.
  func append(
    to graph: inout Graph, _ weight: ValueID, _ gradient: ValueID
  ) throws(DifferentiateError) -> (consumer: ValueID, update: ValueID) {
    let name = graph[weight].name
    var nodes: [ValueID] = []
    var direction = gradient
    if accumulate > 1 {
      let sum = graph.zeros("state:sum:" + name, like: weight)
      direction = try graph.appending(Accumulate(), sum, direction, name: "")
      nodes.append(direction)
    }
    var decay = weightDecay
    var count = accumulate
    if momentum != 0 {
      let velocity = graph.zeros("state:momentum:" + name, like: weight)
      let op = MomentumState(momentum: momentum, weightDecay: decay, accumulate: count)
      direction = try graph.appending(op, velocity, direction, weight, name: "")
      nodes.append(direction)
      (decay, count) = (0, 1)
    }
    let update = try graph.appending(SGD(weightDecay: decay, accumulate: count), weight, direction, name: "")
    return (nodes.first ?? update, update)
  }
}

extension Graph {
  fileprivate mutating func zeros(_ name: String, like value: ValueID) -> ValueID {
    let type = type(value)
    return variable(name, Constant(type, bytes: Array(repeating: 0, count: type.bytes)))
  }
}
