import IR
import Operators

/// Why a traced function gives no network; `path` are the labels around the place, joined by dots.
public struct TraceError: Error, Hashable, Sendable {
  public let path: String
  public let error: ShapeError
}

/// Collects what a traced function does; shared by all symbolic tensors of one trace.
final class Tracer {
  var graph = Graph()
  let seed: UInt64
  /// Labels around the present place.
  var scope: [String] = []
  /// The first thing that went wrong; after it, tensors are placeholders.
  private(set) var failure: TraceError?

  init(seed: UInt64) { self.seed = seed }

  func path(_ label: String) -> String { (scope + [label]).filter { !$0.isEmpty }.joined(separator: ".") }

  func append(_ op: any Operator, _ inputs: [ValueID], label: String = "") -> ValueID {
    guard failure == nil else { return inputs[0] }
    do {
      return try graph.append(op, inputs, name: label.isEmpty ? "" : path(label))
    } catch {
      failure = TraceError(path: path(label), error: error)
      return inputs[0]
    }
  }

  func fail(_ label: String, _ error: ShapeError) {
    if failure == nil { failure = TraceError(path: path(label), error: error) }
  }

  /// A weight with seeded values, uniform in ±`bound`; zeros where the bound is 0.
  func parameter(_ name: String, _ shape: [Int], bound: Float) -> ValueID {
    let type = TensorType(shape)
    let path = path(name)
    if graph.value(named: path) != nil { fail(name, ShapeError("parameter", "the name \(path) is taken")) }
    let count = shape.allSatisfy { $0 > 0 } ? type.count : 0
    guard count > 0, failure == nil else { return graph.constant(path, Constant(TensorType(1), floats: [0])) }
    let values = Constant(type, uniform: bound, seed: seed, name: path)
    return graph.constant(path, values)
  }
}

/// Runs a function over a symbolic input and returns the network it computes, ending in "logits".
///
/// Initial weights depend on the seed and on the path of their labels alone.
/// - Parameter shape: of the input, batch first; pictures are [N, H, W, C].
/// - Throws: `TraceError` for the first operation whose operands do not fit.
public func trace(
  _ shape: [Int], input: String = "x", seed: UInt64 = 0, _ network: (Tensor) -> Tensor
) throws(TraceError) -> Graph {
  let tracer = Tracer(seed: seed)
  let x = Tensor(tracer: tracer, id: tracer.graph.input(input, TensorType(shape)))
  let result = network(x)
  if let failure = tracer.failure { throw failure }
  tracer.graph.outputs = [("logits", result.id)]
  return tracer.graph
}
