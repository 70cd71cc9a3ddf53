import Evaluate
import Foundation
import IR
import Operators
import Support
import Testing

@testable import Passes

/// Activations that exporters write in parts become one operator.
struct FusedActivationTests {
  private var graph = Graph()
  private let x: ValueID

  init() { x = graph.input("x", TensorType(2, 3)) }

  private mutating func number(_ value: Float) -> ValueID {
    graph.constant("n\(graph.values.count)", Constant(TensorType([]), floats: [value]))
  }

  private func fused(_ result: ValueID) throws -> [String] {
    var graph = graph
    graph.outputs = [("y", result)]
    let fused = try graph.fusingActivations()
    try fused.verify()
    #expect(fused.type(fused.outputs[0].value) == graph.type(result))
    return fused.nodes.map { type(of: $0.op).name }
  }

  @Test func siluIsOne() throws {
    var test = self
    let gate = try test.graph.append(Sigmoid(), x)
    for operands in [[x, gate], [gate, x]] {
      let product = try test.graph.append(Mul(), operands)
      #expect(try test.fused(product) == ["silu"])
    }
    // Another value's gate is none.
    let other = try test.graph.append(Tanh(), x)
    let product = try test.graph.append(Mul(), other, gate)
    #expect(try test.fused(product).sorted() == ["mul", "sigmoid", "tanh"])
  }

  @Test func mishIsOne() throws {
    var test = self
    let gate = try test.graph.append(Tanh(), test.graph.append(Softplus(), x))
    for operands in [[x, gate], [gate, x]] {
      let product = try test.graph.append(Mul(), operands)
      #expect(try test.fused(product) == ["mish"])
    }
    let other = try test.graph.append(Mul(), test.graph.append(Tanh(), x), gate)
    #expect(try test.fused(other).sorted() == ["mul", "softplus", "tanh", "tanh"])
  }

  /// x / √2 or x · √½; ½ first, last or in a quotient.
  @Test(arguments: 0..<5) func geluIsOne(form: Int) throws {
    var test = self
    let root = form == 1 ? (0.5 as Float).squareRoot() : (2 as Float).squareRoot()
    let scaled = try test.graph.append(form == 1 ? Mul() as any Operator : Div(), x, test.number(root))
    let sum = try test.graph.append(Add(), test.graph.append(Erf(), scaled), test.number(1))
    let result =
      switch form {
      case 2: try test.graph.append(Mul(), test.graph.append(Mul(), test.number(0.5), x), sum)
      case 3: try test.graph.append(Div(), test.graph.append(Mul(), x, sum), test.number(2))
      case 4: try test.graph.append(Mul(), x, test.graph.append(Mul(), sum, test.number(0.5)))
      default: try test.graph.append(Mul(), test.graph.append(Mul(), x, sum), test.number(0.5))
      }
    #expect(try test.fused(result) == ["gelu"])
    // Neither a third nor the distribution of something else is it.
    let third = try test.graph.append(Mul(), test.graph.append(Mul(), x, sum), test.number(1 / 3))
    #expect(try test.fused(third).contains("erf"))
    let other = try test.graph.append(Mul(), test.graph.append(Tanh(), x), sum)
    let half = try test.graph.append(Mul(), other, test.number(0.5))
    #expect(try test.fused(half).contains("erf"))
  }

  /// As the importer writes sums and products with numbers: ½ behind the product, or within 1 + erf.
  @Test(arguments: [1, 0.5]) func linesAreNumbersToo(share: Double) throws {
    var test = self
    let erf = try test.graph.append(Erf(), test.graph.append(Affine(alpha: 0.5.squareRoot()), x))
    let sum = try test.graph.append(Affine(alpha: share, beta: share), erf)
    var result = try test.graph.append(Mul(), x, sum)
    if share == 1 { result = try test.graph.append(Affine(alpha: 0.5), result) }
    #expect(try test.fused(result) == ["gelu"])
    let other = try test.graph.append(Affine(alpha: 1, beta: 0.5), erf)
    let product = try test.graph.append(Mul(), x, other)
    #expect(try test.fused(product).contains("erf"))
  }

  /// A long product is no search without end.
  @Test func deepProductsTakeNoTime() throws {
    var test = self
    var value = x
    for _ in 0..<60 { value = try test.graph.append(Mul(), value, value) }
    #expect(try test.fused(value).count == 60)
  }

  @Test func valuesAreThoseOfTheMathLibrary() throws {
    let points = stride(from: -9.0, through: 9, by: 1.0 / 32).map { $0 }
    for (op, exact) in [
      (Silu(), { $0 / (1 + exp(-$0)) }), (Erf(), { erf($0) }), (Softplus(), { log1p(exp($0)) }),
      (Mish(), { $0 * tanh(log1p(exp($0))) }),
      (Gelu(usesTanh: false), { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }),
      (Gelu(usesTanh: true), { $0 * 0.5 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
    ] as [(any KernelOperator, (Double) -> Double)] {
      let type = TensorType(points.count)
      let single = try Evaluator().run(op, [type], [bytes(points.map { Float($0) })], type)
      let double = try Evaluator().run(op, [type.inDouble], [bytes(points)], type.inDouble)
      for (x, (a, b)) in zip(points, zip(elements(single, as: Float.self), elements(double, as: Double.self))) {
        #expect(abs(b - exact(x)) < 1e-14 && abs(Double(a) - exact(x)) < 1e-6, "\(op) of \(x): \(a), \(b)")
      }
    }
  }
}
