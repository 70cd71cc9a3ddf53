import IR
import Runtime

/// The gradient of an integer weight, added to the sum of a window's micro-steps where it is computed: it is never there
/// beside the sum.
///
/// Operands: x, h and s_x / s_w as for the gradient, then the sum so far (f32), which the output overwrites. In the first
/// micro-step of a window the sum begins anew. Bits are those of the gradient and `Accumulate`.
public struct SummedGradWeight<Gradient: PartialGradient>: IntegerOperator {
  public static var name: String { Gradient.summedName }
  public static var opcode: OpCode { Gradient.opcode }

  public var gradient: Gradient
  public init(_ gradient: Gradient) { self.gradient = gradient }
  public init(attributes: Attributes) throws(AttributeError) { gradient = try Gradient(attributes: attributes) }

  public var attributes: Attributes { gradient.attributes }
  public var sharing: Sharing { .overwrites(3) }
  public var timing: Timing { .updates }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 4)
    let dw = try gradient.infer(Array(inputs[..<3]))
    guard inputs[3] == dw else { throw ShapeError(Self.name, "adds \(dw) to \(inputs[3])") }
    return dw
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    gradient.scratchBytes(Array(inputs[..<3]), output)
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    gradient.macs(Array(inputs[..<3]), output)
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    gradient.tiledWork(Array(inputs[..<3]), output)
  }
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    gradient.tileBytes(Array(inputs[..<3]), output)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    gradient.summedWords(Array(inputs[..<3]), output)
  }

  public static var samples: [Sample] {
    Gradient.samples.compactMap { sample in
      guard let gradient = sample.op as? Gradient, let dw = try? gradient.infer(sample.inputs) else { return nil }
      return Sample(SummedGradWeight(gradient), inputs: sample.inputs + [dw], range: sample.range)
    }
  }
}
