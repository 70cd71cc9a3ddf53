import IR
// Whoever traces calls what the files of operators declare.
@_exported import Operators

/// A symbolic tensor: knows its type, holds no values.
///
/// Operations on it extend the traced network: those here, and the activation functions of `Operators`. Layers with
/// weights take a label, which names their tensors.
public struct Tensor: SymbolicTensor {
  let tracer: Tracer
  let id: ValueID

  /// Sizes of the axes; pictures are [N, H, W, C].
  public var shape: [Int] { tracer.graph.type(id).shape }

  /// The result of any operator of the compiler on this tensor and `others`.
  public func applying(_ op: any Operator, _ others: Tensor..., label: String = "") -> Tensor {
    Tensor(tracer: tracer, id: tracer.append(op, [id] + others.map(\.id), label: label))
  }

  /// The result of an operator on this tensor alone.
  public func applying(_ op: any Operator) -> Tensor { applying(op, label: "") }

  /// Labels inside `body` stand behind `label` and a dot.
  public func scope(_ label: String, _ body: (Tensor) -> Tensor) -> Tensor {
    tracer.scope.append(label)
    defer { tracer.scope.removeLast() }
    return body(self)
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor { a.applying(Add(), b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.applying(Sub(), b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.applying(Mul(), b) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.applying(Div(), b) }

  public func reshaped(_ shape: [Int]) -> Tensor { applying(Reshape(shape: shape)) }

  /// [N, ...] as [N, the rest].
  public func flattened() -> Tensor { reshaped([shape[0], shape.dropFirst().reduce(1, *)]) }

  /// Mean over height and width: [N, H, W, C] to [N, C].
  public func globalAverage() -> Tensor {
    guard shape.count == 4 else { return failing("globalAverage", "needs a picture [N, H, W, C]") }
    return applying(Reduce(axes: [1, 2], scale: 1 / Double(shape[1] * shape[2]), keepDims: false))
  }

  func failing(_ label: String, _ reason: String) -> Tensor {
    tracer.fail(label, ShapeError(label, "\(reason), has \(tracer.graph.type(id))"))
    return self
  }
}
