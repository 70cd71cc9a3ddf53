import Evaluate
import IR
import Operators
import Support
import Testing

private let gradients: [any MaskableGradient] = [
  ReluGrad(), LeakyReluGrad(alpha: 0), LeakyReluGrad(alpha: 0.1), ClipGrad(min: 0, max: 6),
  ClipGrad(min: -0.3, max: 0.7),
  ClipGrad(min: -.infinity, max: 2),
]

@Test(arguments: gradients, [DType.f32, .f64])
func oneBitOfTheOutputIsEnough(op: any MaskableGradient, dtype: DType) throws {
  let bounds = [op.low, op.high].filter(\.isFinite).map { Double(Float($0)) }
  let y =
    bounds.flatMap { [$0, $0.nextUp, $0.nextDown, Double(Float($0).nextUp), Double(Float($0).nextDown)] }
    + [-0.0, 0, 1, -1, 7, .nan]
  for dy in [1.5, -1.5, 0, -0.0, .nan] {
    let type = TensorType([y.count], dtype)
    func values(_ values: [Double]) -> [UInt8] { dtype == .f64 ? bytes(values) : bytes(values.map(Float.init)) }
    let seed = values(y.map { _ in dy })
    let direct = try Evaluator().run(op, [type, type], [seed, values(y)], type)
    let bits = TensorType([y.count], .bit)
    let mask = try Evaluator().run(BitMask(low: op.low, high: op.high), [type], [values(y)], bits)
    #expect(try Evaluator().run(MaskGrad(slope: op.slope), [type, bits], [seed, mask], type) == direct)
  }
}

@Test func regionsReplaceNothingElse() throws {
  let conv = Conv(Sliding(strides: [2, 1]), hasBias: true).training(region: WeightRegion(1..<3))
  #expect(conv.region == 1..<3 && conv.hasBias && conv.sliding == Sliding(strides: [2, 1]))
  let depthwise = DepthwiseConv(Sliding(pads: [1, 1, 1, 1])).training(region: WeightRegion(0..<2))
  #expect(depthwise.region == 0..<2 && !depthwise.hasBias && depthwise.sliding == Sliding(pads: [1, 1, 1, 1]))
  let types = [TensorType(1, 1, 1, 4), TensorType(2, 1, 1, 2), TensorType(2, 1, 1, 1)]
  #expect(throws: ShapeError.self) { try Conv(groups: 2).training(region: WeightRegion(0..<1)).infer(types) }
  #expect(throws: ShapeError.self) { try Conv().training(region: WeightRegion(0..<1, rows: 1..<3)).infer(types) }
}
