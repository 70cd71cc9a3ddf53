import IR
import Operators

/// What keeps a network from being trained as a classifier or regressor.
public enum HeadError: Error, Hashable, Sendable {
  /// The network has no output at all.
  case noOutput
  /// No layer with a weight of its own leads to the output.
  case noClassifier
  /// The result is made of the last weighted layer and of another one beside it.
  case severalClassifiers(last: String, other: String)
  /// Other results are computed from the classifier's, by a node with weights of its own.
  case readElsewhere(node: String)
  /// With the new classifier a sample has so many results.
  case otherResults(found: Int, classes: Int)
  /// The layers behind the classifier cannot follow a change of its outputs.
  case cannotFollow(node: String, ShapeError)
}

extension Graph {
  /// The network that gives one of its results alone.
  public func withOnlyOutput(_ name: String) throws(HeadError) -> Graph {
    guard let output = outputs.first(where: { $0.name == name }) else { throw .noOutput }
    var graph = self
    graph.outputs = [output]
    do { return try graph.pruned() } catch { throw .cannotFollow(node: name, error) }
  }

  /// The network that ends in "logits" [N, C], and what stood behind them: where `strippingProbabilities`, a softmax or
  /// sigmoid at the end goes, as the loss computes probabilities itself.
  ///
  /// Only the first output and what it needs stay.
  public func endingInLogits(
    strippingProbabilities strips: Bool
  ) throws(HeadError) -> (graph: Graph, stripped: String?) {
    guard var logits = outputs.first?.value else { throw .noOutput }
    let end = strips ? probabilities(logits) : nil
    var graph = self
    do throws(ShapeError) {
      if let end {
        logits = end.function.inputs[0]
        // What moves the probabilities moves the logits alike: class k stays element k of the result.
        for view in end.views { logits = try graph.append(view, logits) }
      }
      let type = graph.type(logits)
      let isMap = type.rank > 2 && type.shape[1...].count { $0 > 1 } <= 1
      if isMap { logits = try graph.append(Reshape(shape: [type.shape[0], type.count / type.shape[0]]), logits) }
      graph.outputs = [("logits", logits)]
      return (try graph.pruned(), end.map { Swift.type(of: $0.function.op).name })
    } catch { throw .cannotFollow(node: "logits", error) }
  }

  /// The function that makes probabilities of classes at the end of the network, and the changes of shape behind it.
  private func probabilities(_ value: ValueID) -> (function: Node, views: [any Operator])? {
    var id = value
    var views: [any Operator] = []
    while let node = node(id) {
      switch node.op {
      case let op where makesProbabilities(op): return runsOverClasses(node) ? (node, views.reversed()) : nil
      case is Reshape, is Transpose:
        views.append(node.op)
        id = node.inputs[0]
      default: return nil
      }
    }
    return nil
  }

  /// Whether a softmax runs over all there is of a sample, as the loss's own does; functions of single elements always do.
  private func runsOverClasses(_ node: Node) -> Bool {
    guard let axis = (node.op as? Softmax)?.axis ?? (node.op as? LogSoftmax)?.axis else { return true }
    let shape = type(node.output).shape
    return axis > 0 && shape[1...].reduce(1, *) == shape[axis]
  }

  /// The function at the end of the network that keeps its results within bounds, so that no logit is above or below.
  public var boundOfResults: String? {
    var id = outputs.first?.value
    while let value = id, let node = node(value) {
      switch node.op {
      case let function as any ActivationFunction:
        let bounds = function.bounds
        return bounds.lowerBound.isFinite || bounds.upperBound.isFinite ? Swift.type(of: node.op).name : nil
      case is Softmax: return Swift.type(of: node.op).name
      case is Reshape, is Transpose: id = node.inputs[0]
      default: return nil
      }
    }
    return nil
  }
}

/// Whether an operator makes probabilities of what a classifier computes.
func makesProbabilities(_ op: any Operator) -> Bool {
  if let function = op as? any ActivationFunction { return type(of: function).makesProbabilities }
  return op is Softmax || op is LogSoftmax
}
