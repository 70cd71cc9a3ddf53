import Evaluate
import IR
import Operators
import Runtime
import Support
import Testing

/// Shapes with tails, one pixel, one channel, pads, strides 1 to 3, dilation, groups and regions.
private let convolutions = QuantizedConv.samples + QuantizedDepthwise.samples + randomConvolutions()

private func randomConvolutions() -> [Sample] {
  var g = SeededGenerator(seed: 11)
  return (0..<40).map { _ in
    let isDepthwise = Bool.random(using: &g)
    let kernel = [Int.random(in: 1...3, using: &g), Int.random(in: 1...3, using: &g)]
    let sliding = Sliding(
      strides: [Int.random(in: 1...3, using: &g), Int.random(in: 1...3, using: &g)],
      pads: (0..<4).map { _ in Int.random(in: 0...2, using: &g) },
      dilations: [Int.random(in: 1...2, using: &g), Int.random(in: 1...2, using: &g)])
    let inputs = Int.random(in: 1...19, using: &g)
    let x = [
      Int.random(in: 1...2, using: &g), Int.random(in: 5...9, using: &g), Int.random(in: 5...9, using: &g), inputs,
    ]
    let outputs = isDepthwise ? inputs : Int.random(in: 1...18, using: &g)
    let output = QuantizedOutput(scale: 0.3, zeroPoint: Int.random(in: -128...127, using: &g), low: -128, high: 120)
    let scales = (0..<outputs).map { _ in Float.random(in: 0.001...0.1, using: &g) }
    let w = isDepthwise ? [1] + kernel + [outputs] : [outputs] + kernel + [inputs]
    let op: any Operator =
      isDepthwise
      ? QuantizedDepthwise(sliding, hasBias: true, output: output)
      : QuantizedConv(sliding, hasBias: true, output: output)
    return Sample(
      op,
      inputs: [
        .activation(x, scale: 0.05, zeroPoint: Int.random(in: -128...127, using: &g)),
        .weight(w, scales: scales, axis: isDepthwise ? 3 : 0), TensorType([outputs, 2], .i32),
        TensorType([outputs], .i32),
      ], range: -900...900)
  }
}

/// What a layer's tests need of it.
private struct Layer {
  let sample: Sample
  let model: IntegerModel
  let output: QuantizedOutput
  let scales: [Float]
  let hasBias: Bool
  let region: WeightRegion?
  let values: [[UInt8]]

  init(_ sample: Sample, seed: UInt64) throws {
    self.sample = sample
    var g = SeededGenerator(seed: seed)
    let (x, w) = (sample.inputs[0], sample.inputs[1])
    let y = try sample.op.infer(sample.inputs).shape
    switch sample.op {
    case let op as QuantizedConv:
      model = IntegerModel(x: x.shape, w: w.shape, y: y, sliding: op.sliding, groups: op.groups, isDepthwise: false)
      (output, hasBias, region) = (op.output, op.hasBias, op.region.map { WeightRegion($0, rows: op.rows) })
      scales = w.weightScales(w.shape[0], axis: 0)!
    case let op as QuantizedDepthwise:
      model = IntegerModel(x: x.shape, w: w.shape, y: y, sliding: op.sliding, groups: 1, isDepthwise: true)
      (output, hasBias, region) = (op.output, op.hasBias, op.region.map { WeightRegion($0) })
      scales = w.weightScales(w.shape[3], axis: 3)!
    default: fatalError("no integer layer")
    }
    var values = sample.inputs.map { randomBytes($0, in: sample.range, &g) }
    values[2] = requantization(input: x.activation!.scale, weights: scales, output: output.scale).bytes()
    self.values = values
  }

  /// All weights, those of the region put in place.
  var weights: [Int8] {
    var all: [Int8] = elements(values[1])
    guard let region else { return all }
    let own: [Int8] = elements(values[values.count - 1])
    let shape = sample.inputs[1].shape
    let (channels, taps) = (shape[3], shape[1] * shape[2])
    let rows = region.rows ?? 0..<shape[0]
    for (row, pixel) in (rows.lowerBound * taps..<rows.upperBound * taps).enumerated() {
      for (index, c) in region.channels.enumerated() {
        all[pixel * channels + c] = own[row * region.channels.count + index]
      }
    }
    return all
  }
}

@Test(arguments: convolutions.indices)
func integerLayersEqualTheFormula(index: Int) throws {
  let layer = try Layer(convolutions[index], seed: UInt64(index))
  let sample = layer.sample
  let result: [Int8] = elements(
    try Evaluator().run(sample.op, sample.inputs, layer.values, sample.op.infer(sample.inputs)))
  let x: [Int8] = elements(layer.values[0])
  let zero = Double(sample.inputs[0].activation!.zeroPoint)
  let weights = layer.weights
  let outputs = layer.model.y[3]
  let bias: [Int32] = layer.hasBias ? elements(layer.values[3]) : Array(repeating: 0, count: outputs)
  var sums = (0..<result.count).map { Double(bias[$0 % outputs]) }
  layer.model.forProducts { i, k, o in sums[o] += Double(weights[k]) * (Double(x[i]) - zero) }
  for (index, sum) in sums.enumerated() {
    let factor = FixedPoint(
      Double(sample.inputs[0].activation!.scale) * Double(layer.scales[index % outputs]) / Double(layer.output.scale))
    #expect(result[index] == clamped(scaled(sum, factor), layer.output))
  }
}

/// Gradient kernels with integer gradients: the integer sums are exact, so that only the last float product is left.
@Test(arguments: convolutions.indices)
func integerGradientsEqualTheFormula(index: Int) throws {
  let layer = try Layer(convolutions[index], seed: UInt64(index) + 100)
  let (sample, model) = (layer.sample, layer.model)
  var g = SeededGenerator(seed: 5)
  let format = index % 2 == 0 ? DType.q8 : .q16
  let h = TensorType(model.y, format)
  let (hBytes, hValues, scale) = randomGradient(h, &g)
  let evaluator = Evaluator()

  // dw = (s_x / s_w) Σ (x − z) h
  let x: [Int8] = elements(layer.values[0])
  let zero = Double(sample.inputs[0].activation!.zeroPoint)
  var dw = [Double](repeating: 0, count: sample.inputs[1].count)
  var dx = [Double](repeating: 0, count: sample.inputs[0].count)
  let weights = layer.weights
  model.forProducts { i, k, o in
    dw[k] += (Double(x[i]) - zero) * Double(hValues[o])
    dx[i] += Double(weights[k]) * Double(hValues[o])
  }
  let outputs = model.y[3]
  let factors = (0..<outputs).map { _ in Float.random(in: 0.1...10, using: &g) }
  let kernel = Array(model.w[1...2])
  let weightOp: any Operator =
    model.isDepthwise
    ? QuantizedDepthwiseGradWeight(model.sliding, kernel: kernel, start: 0, outputs: outputs)
    : QuantizedGradWeight(model.sliding, kernel: kernel, groups: model.groups)
  let types = [sample.inputs[0], h, TensorType(outputs)]
  let computed: [Float] = elements(
    try evaluator.run(weightOp, types, [layer.values[0], hBytes, bytes(factors)], weightOp.infer(types)))
  let perOutput = dw.count / outputs
  for (k, sum) in dw.enumerated() {
    let output = model.isDepthwise ? k % outputs : k / perOutput
    #expect(computed[k] == Float(sum) * (scale * factors[output]))
  }
  if !model.isDepthwise, model.groups == 1, outputs > 1 {
    // Some rows alone are those of the whole.
    let rows = outputs / 3..<outputs - outputs / 4
    let op = QuantizedGradWeight(model.sliding, kernel: kernel, groups: 1, rows: rows)
    let types = [sample.inputs[0], h, TensorType(rows.count)]
    let part: [Float] = elements(
      try evaluator.run(op, types, [layer.values[0], hBytes, bytes(Array(factors[rows]))], op.infer(types)))
    #expect(part == Array(computed[rows.lowerBound * perOutput..<rows.upperBound * perOutput]))
  }

  // dx = fold ⊙ mask ⊙ s_h Σ w h, measured and rounded to a power-of-two scale
  let epilogue = GradientEpilogue(format: .q8, hasMask: true, hasFold: true)
  let inputOp: any Operator =
    model.isDepthwise
    ? QuantizedDepthwiseGradInput(model.sliding, input: Array(model.x[1...]), region: layer.region?.channels, epilogue)
    : QuantizedGradInput(
      model.sliding, inputSize: Array(model.x[1...2]), groups: model.groups, region: layer.region?.channels,
      rows: layer.region?.rows, epilogue)
  let fold = (0..<model.x[3]).map { _ in Float.random(in: 0.01...1, using: &g) }
  let mask = randomBytes(TensorType(model.x, .bit), in: 0...1, &g)
  var operands = [hBytes, layer.values[1]]
  var operandTypes = [h, TensorType(model.w, .i8)]
  if layer.region != nil {
    operands.append(layer.values[layer.values.count - 1])
    operandTypes.append(TensorType(sample.inputs[sample.inputs.count - 1].shape, .i8))
  }
  operands += [mask, bytes(fold), bytes([Float](repeating: 0, count: 4))]
  operandTypes += [TensorType(model.x, .bit), TensorType(model.x[3]), TensorType(4)]
  let output = try inputOp.infer(operandTypes)
  let result = try evaluator.run(inputOp, operandTypes, operands, output)
  let reals = dx.enumerated().map { i, sum -> Float in
    mask[i / 8] >> UInt8(i % 8) & 1 == 1 ? Float(sum) * scale * fold[i % model.x[3]] : 0
  }
  let largest = reals.map(abs).max()!
  let stored = gradientScale(result)
  #expect(largest == 0 || (127 * stored >= largest && 127 * stored < 2 * largest))
  #expect(stored.significandBitPattern == 0)
  for (i, real) in reals.enumerated() {
    #expect(Int8(bitPattern: result[i]) == Int8((real / stored).rounded(.toNearestOrEven)))
  }
}

/// Bytes of a gradient, its integers, and its scale.
private func randomGradient(
  _ type: TensorType, _ g: inout SeededGenerator
) -> (bytes: [UInt8], values: [Int], scale: Float) {
  let limit = type.dtype == .q8 ? 127 : 32767
  let values = (0..<type.count).map { _ in Int.random(in: -limit...limit, using: &g) }
  var result = type.dtype == .q8 ? bytes(values.map(Int8.init)) : bytes(values.map(Int16.init))
  while result.count % 4 != 0 { result.append(0) }
  return (result + bytes([Float(0x1p-9)]), values, 0x1p-9)
}

private func gradientScale(_ bytes: [UInt8]) -> Float { elements(Array(bytes.suffix(4)), as: Float.self)[0] }
