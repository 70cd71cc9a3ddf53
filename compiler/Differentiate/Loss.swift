import IR
import Operators

/// What training minimizes; always the mean over the batch.
public enum Loss: Hashable, Sendable {
  /// Softmax cross-entropy of logits [N, C] against classes i32 [N], with a share of the target spread over all classes.
  case crossEntropy(labelSmoothing: Double)
  /// Mean squared error of results [N, ...] against targets of the same shape.
  case meanSquaredError
}

/// The values that a loss adds to a graph.
struct LossValues {
  /// Shape [1].
  let loss: ValueID
  /// Right answers of the batch, i32 [1]; nil where there are no classes.
  let correct: ValueID?
}

extension Loss {
  /// Appends an input for the labels and the loss of `logits`.
  ///
  /// - Throws: `DifferentiateError.lossNeeds` where the results have another shape than the loss can compare.
  func append(to graph: inout Graph, _ logits: ValueID) throws(DifferentiateError) -> LossValues {
    let type = graph.type(logits)
    switch self {
    case .crossEntropy(let smoothing):
      guard type.rank == 2, type.shape[1] > 1 else { throw .lossNeeds(shape: "[batch, classes]", found: type) }
      let labels = graph.input(graph.unused("labels"), TensorType([type.shape[0]], .i32), kind: .label)
      let op = SoftmaxCrossEntropy(labelSmoothing: smoothing)
      return LossValues(
        loss: try graph.appending(op, logits, labels, name: "loss"),
        correct: try graph.appending(CountCorrect(), logits, labels, name: "correct"))
    case .meanSquaredError:
      let targets = graph.input(graph.unused("targets"), type, kind: .label)
      return LossValues(
        loss: try graph.appending(MeanSquaredError(), logits, targets, name: "loss"), correct: nil)
    }
  }
}

extension Graph {
  /// `append` with the error of this module.
  mutating func appending(
    _ op: any Operator, _ inputs: ValueID..., name: String
  ) throws(DifferentiateError) -> ValueID {
    do { return try append(op, inputs, name: name) } catch { throw .shape(node: name, error) }
  }
}
