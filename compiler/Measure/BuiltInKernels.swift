import IR
import Operators
import Runtime

/// Kernels and shapes to measure where no plan is given: layers of MobileNetV2 at 96 x 96, one sample at a time.
public enum BuiltInKernels {
  private typealias Row = (op: any KernelOperator, inputs: [TensorType])

  /// A layer: sides of its input, channels, taps and step along each axis.
  private struct Layer {
    let side: Int
    let inputs: Int
    let outputs: Int
    var taps = 1
    var step = 1

    var outputSide: Int { (side + step - 1) / step }
    var sliding: Sliding {
      Sliding(strides: [step, step], pads: taps == 3 ? step == 1 ? [1, 1, 1, 1] : [0, 0, 1, 1] : [0, 0, 0, 0])
    }
    var x: [Int] { [1, side, side, inputs] }
    var y: [Int] { [1, outputSide, outputSide, outputs] }
  }

  private static let dense = [
    Layer(side: 96, inputs: 3, outputs: 32, taps: 3, step: 2), Layer(side: 48, inputs: 16, outputs: 96),
    Layer(side: 24, inputs: 144, outputs: 24), Layer(side: 12, inputs: 32, outputs: 192),
    Layer(side: 6, inputs: 384, outputs: 64), Layer(side: 3, inputs: 160, outputs: 960),
    Layer(side: 3, inputs: 960, outputs: 160), Layer(side: 3, inputs: 320, outputs: 1280),
  ]

  private static let depthwise = [
    Layer(side: 48, inputs: 96, outputs: 96, taps: 3, step: 2), Layer(side: 24, inputs: 144, outputs: 144, taps: 3),
    Layer(side: 12, inputs: 192, outputs: 192, taps: 3), Layer(side: 3, inputs: 960, outputs: 960, taps: 3),
  ]

  /// Elements of a weight that moves, and of activations and their gradients.
  private static let weights = [9_216, 153_600]
  private static let activations = [[1, 48, 48, 96], [1, 3, 3, 960]]

  private static let rows: [Row] =
    dense.flatMap(integers) + depthwise.flatMap(depthwiseIntegers) + updates + elements + dense.flatMap(floats)
    + depthwise.flatMap(depthwiseFloats)

  /// Measures all that are wanted, asking `goesOn` before each, which is told how many of how many are done.
  ///
  /// - Throws: `ShapeError` where a shape of this list is none.
  public static func measure(_ bench: inout KernelBench, goesOn: (Int, Int) -> Bool) throws(ShapeError) {
    for (index, (op, inputs)) in rows.enumerated() {
      guard goesOn(index, rows.count) else { return }
      let row = try RowMemory(op, inputs)
      let isAccepted = row.withCall { call in
        guard bench.wants(row.opcode, row.name, call) else { return }
        bench.measure(row.opcode, row.name, macs: row.macs, call, StepContext())
      }
      guard isAccepted else { throw ShapeError(row.name, "refuses \(inputs)") }
    }
  }

  private static let output = QuantizedOutput(scale: 0.1, zeroPoint: -3)
  private static let epilogue = GradientEpilogue(format: .q8, hasMask: true, hasFold: true)

  private static func activation(_ shape: [Int]) -> TensorType { .activation(shape, scale: 0.1, zeroPoint: -3) }
  private static func weight(_ shape: [Int], axis: Int) -> TensorType {
    .weight(shape, scales: Array(repeating: 0.01, count: shape[axis]), axis: axis)
  }
  /// Mask, scales of the layer before, and range of a gradient.
  private static func epilogueOperands(_ shape: [Int]) -> [TensorType] {
    [TensorType(shape, .bit), TensorType(shape[3]), TensorType(GradientRange.count)]
  }

  private static func integers(_ layer: Layer) -> [Row] {
    let w = weight([layer.outputs, layer.taps, layer.taps, layer.inputs], axis: 0)
    let (x, h) = (activation(layer.x), TensorType(layer.y, .q8))
    let forward = QuantizedConv(layer.sliding, hasBias: true, output: output)
    let back = QuantizedGradInput(layer.sliding, inputSize: Array(layer.x[1...2]), groups: 1, epilogue)
    let gradient = QuantizedGradWeight(layer.sliding, kernel: [layer.taps, layer.taps], groups: 1)
    return [
      (forward, [x, w, TensorType([layer.outputs, 2], .i32), TensorType([layer.outputs], .i32)]),
      (back, [h, w] + epilogueOperands(layer.x)),
    ] + fused(gradient, w, axis: 0, x, h)
  }

  private static func depthwiseIntegers(_ layer: Layer) -> [Row] {
    let w = weight([1, layer.taps, layer.taps, layer.outputs], axis: 3)
    let (x, h) = (activation(layer.x), TensorType(layer.y, .q8))
    let forward = QuantizedDepthwise(layer.sliding, hasBias: true, output: output)
    let back = QuantizedDepthwiseGradInput(layer.sliding, input: Array(layer.x[1...]), epilogue)
    let gradient = QuantizedDepthwiseGradWeight(
      layer.sliding, kernel: [layer.taps, layer.taps], start: 0, outputs: layer.outputs)
    return [
      (forward, [x, w, TensorType([layer.outputs, 2], .i32), TensorType([layer.outputs], .i32)]),
      (back, [h, w] + epilogueOperands(layer.x)),
    ] + fused(gradient, w, axis: 3, x, h)
  }

  /// The gradient of a weight with its update.
  private static func fused(
    _ gradient: some PartialGradient, _ w: TensorType, axis: Int, _ x: TensorType, _ h: TensorType
  ) -> [Row] {
    let update = IntegerUpdate()
    let scales = TensorType(w.shape[axis])
    let op = GradWeightUpdate(gradient, QuantizedUpdate(update, axis: axis, tensor: 1))
    return op.map { [($0, [w, scales] + update.state(w.count).map(\.type) + [x, h, scales])] } ?? []
  }

  private static var updates: [Row] {
    weights.map { count in
      let update = IntegerUpdate()
      let w = weight([count / 96, 1, 1, 96], axis: 0)
      let inputs = [w, TensorType(w.shape), TensorType(w.shape[0])] + update.state(w.count).map(\.type)
      return (QuantizedUpdate(update, axis: 0, tensor: 1), inputs)
    }
  }

  private static var elements: [Row] {
    activations.flatMap { shape in
      let gradient = TensorType(shape, .q8)
      return [
        (QuantizedMask(low: -100, high: 100), [activation(shape)]),
        (GradientRangeUpdate(), [TensorType(GradientRange.count), gradient]),
        (GradientCast(epilogue), [gradient] + epilogueOperands(shape)),
        (GradientSum(epilogue), [gradient, gradient] + epilogueOperands(shape)),
      ] as [Row]
    }
  }

  private static func floats(_ layer: Layer) -> [Row] {
    let (x, y) = (TensorType(layer.x), TensorType(layer.y))
    let w = TensorType([layer.outputs, layer.taps, layer.taps, layer.inputs])
    return [
      (Conv(layer.sliding, hasBias: true), [x, w, TensorType(layer.outputs)]),
      (ConvGradInput(layer.sliding, inputSize: Array(layer.x[1...2]), groups: 1), [y, w]),
      (ConvGradWeight(layer.sliding, kernel: [layer.taps, layer.taps], groups: 1), [x, y]),
    ]
  }

  private static func depthwiseFloats(_ layer: Layer) -> [Row] {
    let (x, y) = (TensorType(layer.x), TensorType(layer.y))
    let w = TensorType([1, layer.taps, layer.taps, layer.outputs])
    return [
      (DepthwiseConv(layer.sliding, hasBias: true), [x, w, TensorType(layer.outputs)]),
      (DepthwiseGradInput(layer.sliding, input: Array(layer.x[1...])), [y, w]),
      (DepthwiseGradWeight(layer.sliding, kernel: [layer.taps, layer.taps]), [x, y]),
    ]
  }
}
