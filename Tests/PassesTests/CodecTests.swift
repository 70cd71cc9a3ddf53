import Differentiate
import Evaluate
import IR
import Operators
import Passes
import Select
import Support
import Testing

/// Codecs for saved tensors: what they give back has the right mean, and touches nothing but weight gradients.
struct CodecTests {
  @Test(arguments: [TensorType(5, 61), .activation([5, 61], scale: 0.1, zeroPoint: -3)])
  func fourBitsHaveTheRightMean(type: TensorType) throws {
    var generator = SeededGenerator(seed: 3)
    let x = randomBytes(type, in: -3...3, &generator)
    let bytes = try EncodeNibbles(tensor: 1).infer([type])
    #expect(bytes.bytes == 3 * 8 + (type.count + 1) / 2)
    let steps = 600
    var sums = [Double](repeating: 0, count: type.count)
    for step in 0..<steps {
      var evaluator = Evaluator()
      evaluator.context.step = UInt32(step)
      let kept = try evaluator.run(EncodeNibbles(tensor: 1), [type], [x], bytes)
      let back = try evaluator.run(DecodeNibbles(type), [bytes], [kept], type)
      for (index, value) in numbers(back, type).enumerated() { sums[index] += value / Double(steps) }
    }
    let range = type.dtype == .i8 ? 255.0 : 6
    for (mean, value) in zip(sums, numbers(x, type)) {
      // A step is a fifteenth of a group's range, and its mean has a deviation of half of that over √600.
      #expect(abs(mean - value) < 5 * range / 15 / 2 / Double(steps).squareRoot() + 1e-3)
    }
  }

  /// Products over a quarter of the rows, and over random sums of them, have the mean of the whole product.
  @Test(arguments: [true, false])
  func rowsHaveTheRightMean(isChosen: Bool) throws {
    let (x, dy) = (TensorType(2, 4, 4, 3), TensorType(2, 4, 4, 2))
    let op = ConvGradWeight(Sliding(), kernel: [1, 1], groups: 1)
    var generator = SeededGenerator(seed: 5)
    let values = [x, dy].map { randomBytes($0, in: -1...1, &generator) }
    let dw = try op.infer([x, dy])
    let whole = numbers(try Evaluator().run(op, [x, dy], values, dw), dw)
    var mean = [Double](repeating: 0, count: dw.count)
    let steps = 4000
    for step in 0..<steps {
      var evaluator = Evaluator()
      evaluator.context.step = UInt32(step)
      let parts = isChosen ? try chosen(x, dy, values, 8, evaluator) : try projected([x, dy], values, evaluator)
      let product = try evaluator.run(op, parts.map(\.0), parts.map(\.1), dw)
      for (index, value) in numbers(product, dw).enumerated() { mean[index] += value / Double(steps) }
    }
    for (mean, value) in zip(mean, whole) { #expect(abs(mean - value) < 0.35, "\(mean) for \(value)") }
  }

  private func projected(
    _ types: [TensorType], _ values: [[UInt8]], _ evaluator: Evaluator
  ) throws -> [(TensorType, [UInt8])] {
    try zip(types, values).map { type, value in
      let op = ProjectedRows(projected: 8, tensor: 2)
      let output = try op.infer([type])
      return (output, try evaluator.run(op, [type], [value], output))
    }
  }

  /// The rows that are kept of x, and those of dy beside them.
  private func chosen(
    _ x: TensorType, _ dy: TensorType, _ values: [[UInt8]], _ taken: Int, _ evaluator: Evaluator
  ) throws -> [(TensorType, [UInt8])] {
    let (choose, restore, weigh) = (
      WinnerRows(taken: taken, tensor: 2), KeptRows(x, taken: taken), WeightedRows(x, taken: taken)
    )
    let keptType = try choose.infer([x])
    let kept = try evaluator.run(choose, [x], [values[0]], keptType)
    let (rows, weighted) = (try restore.infer([keptType]), try weigh.infer([dy, keptType]))
    return [
      (rows, try evaluator.run(restore, [keptType], [kept], rows)),
      (weighted, try evaluator.run(weigh, [dy, keptType], [values[1], kept], weighted)),
    ]
  }

  /// Of 64 rows 16 are kept: 4 large ones always, with the weight 1; the others by chance, each as often as any.
  @Test(arguments: [TensorType(64, 2), .activation([64, 2], scale: 0.1, zeroPoint: 3)])
  func largeRowsWin(x: TensorType) throws {
    let large = [5, 17, 40, 63]
    func value(_ row: Int) -> Int { large.contains(row) ? 100 : 7 }
    let values = (0..<128).map { value($0 / 2) }
    let dy = TensorType(64, 1)
    let inputs = [
      x.dtype == .i8 ? bytes(values.map { Int8($0 + 3) }) : bytes(values.map(Float.init)),
      bytes((0..<64).map { Float($0 + 1) }),
    ]
    var counts = [Int](repeating: 0, count: 64)
    let steps = 1200
    for step in 0..<steps {
      var evaluator = Evaluator()
      evaluator.context.step = UInt32(step)
      let parts = try chosen(x, dy, inputs, 16, evaluator)
      let (kept, weighted) = (numbers(parts[0].1, parts[0].0), numbers(parts[1].1, parts[1].0))
      for (index, number) in weighted.enumerated() {
        let isLarge = kept[2 * index] > 50
        let row = Int((isLarge ? number : number / 5).rounded()) - 1
        #expect(isLarge == large.contains(row) && kept[2 * index] == kept[2 * index + 1])
        counts[row] += 1
      }
      #expect(kept.count == 32)
    }
    for (row, count) in counts.enumerated() {
      // 12 of the 60 others; a count has a deviation of √(1200 · 0.2 · 0.8).
      #expect(large.contains(row) ? count == steps : abs(count - steps / 5) < 5 * 14, "\(row)")
    }
  }

  /// Gradients in integers come out in 16 bits, as exact as those can be.
  @Test(arguments: [DType.q8, .q16]) func integersKeepTheirWeights(format: DType) throws {
    let x = TensorType(64, 2)
    let norms: [Float] = (0..<128).map { index in index / 2 == 9 ? 50 : 1 + Float(index / 2) / 64 }
    let values = bytes(norms)
    let limit = format == .q8 ? 127 : 32767
    let integers: [Int] = (0..<64).map { index in (index * 37 % 64 - 32) * limit / 32 }
    let raw = format == .q8 ? bytes(integers.map(Int8.init)) : bytes(integers.map(Int16.init))
    let real = bytes(integers.map { Float($0) * 0x1p-9 })
    let floats = try chosen(x, TensorType(64, 1), [values, real], 16, Evaluator())[1]
    let kept = try chosen(x, TensorType([64, 1], format), [values, raw + bytes([Float(0x1p-9)])], 16, Evaluator())[1]
    let scale = Double(elements(Array(kept.1.suffix(4)), as: Float.self)[0])
    let found = elements(Array(kept.1.prefix(32)), as: Int16.self).map { Double($0) * scale }
    #expect(kept.0.dtype == .q16)
    for (a, b) in zip(found, numbers(floats.1, floats.0)) { #expect(abs(a - b) <= scale * 0.51, "\(a) for \(b)") }
  }

  /// The slopes of the segments follow the derivative: their integral comes near the activation.
  @Test(arguments: 0..<4) func segmentsIntegrateToTheActivation(index: Int) throws {
    let activation: any KernelOperator = [HardSwish(), Silu(), Gelu(usesTanh: false), Mish()][index]
    let gradients: [any SegmentedGradient] = [HardSwishGrad(), SiluGrad(), GeluGrad(usesTanh: false), MishGrad()]
    let curve = gradients[index].segments
    let points = stride(from: -8.0, through: 8, by: 1.0 / 64).map { Float($0) }
    let type = TensorType(points.count)
    let exact = numbers(try Evaluator().run(activation, [type], [bytes(points)], type), type)
    let segments = try SwishSegments(curve).infer([type])
    let kept = try Evaluator().run(SwishSegments(curve), [type], [bytes(points)], segments)
    let ones = bytes(points.map { _ in Float(1) })
    let slopes = numbers(try Evaluator().run(SwishSegmentsGrad(curve), [type, segments], [ones, kept], type), type)
    #expect(Set(slopes).count == 4)
    var sum = 0.0
    for (exact, slope) in zip(exact, slopes) {
      #expect(abs(sum - exact) < 0.4)
      sum += slope / 64
    }
  }

  /// One codec serves activations of each kind, with the bends of each.
  @Test func everyActivationHasItsSegments() throws {
    let codec = try #require(savedTensorCodecs.first { $0.name == "segments" })
    let sites = try CodecNetwork().training.sites(codec)
    let encoded = try CodecNetwork().training.encoding(sites, seed: 3).graph
    let bends = encoded.nodes.compactMap { ($0.op as? SwishSegments)?.segments.bend }
    #expect(Set(bends) == [4.5, 6.32])
  }

  /// Every codec that a step allows changes gradients of weights and nothing else.
  @Test(arguments: ["int8", "int4", "rows", "projection", "segments"])
  func onlyWeightGradientsChange(name: String) throws {
    let codec = try #require(savedTensorCodecs.first { $0.name == name })
    let network = try CodecNetwork()
    let sites = network.training.sites(codec)
    #expect(!sites.isEmpty)
    let encoded = try network.training.encoding(sites, seed: 3)
    try encoded.verify()
    let exact = try network.run(network.training)
    let about = try network.run(encoded)
    #expect(exact.loss == about.loss)
    for (parameter, (a, b)) in zip(network.training.parameters, zip(exact.updated, about.updated)) {
      if parameter.name.hasSuffix("bias") && name != "segments" { #expect(a == b, "\(parameter.name)") }
      let error = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let norm = a.reduce(0) { $0 + $1 * $1 }
      #expect(error <= 0.6 * norm, "\(parameter.name): \(error) of \(norm)")
    }
    #expect(zip(exact.updated, about.updated).contains { $0 != $1 })
  }
}

/// A small network in floats, trained as a whole, with a layer for every codec.
private struct CodecNetwork {
  let training: TrainingGraph
  private let x: [UInt8]

  init() throws {
    var graph = Graph()
    var generator = SeededGenerator(seed: 7)
    func constant(_ name: String, _ shape: [Int]) -> ValueID {
      graph.constant(name, Constant(TensorType(shape), uniform: 0.7, seed: 1, name: name))
    }
    func conv(_ name: String, _ x: ValueID, _ outputs: Int, kernel: Int) throws -> ValueID {
      let sliding = Sliding(pads: Array(repeating: kernel / 2, count: 4))
      return try graph.append(
        Conv(sliding, hasBias: true), x, constant(name + ".weight", [outputs, kernel, kernel, graph.type(x).shape[3]]),
        constant(name + ".bias", [outputs]))
    }
    let type = TensorType(2, 8, 8, 3)
    let input = graph.input("x", type)
    let stem = try graph.append(HardSwish(), conv("stem", input, 8, kernel: 3))
    let wide = try graph.append(Silu(), conv("expand", stem, 16, kernel: 1))
    let narrow = try conv("project", wide, 8, kernel: 1)
    let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 64), narrow)
    let head = try conv("head", mean, 3, kernel: 1)
    graph.outputs = [("logits", try graph.append(Reshape(shape: [2, 3]), head))]
    let (promoted, list) = try graph.promoting(UpdatePolicy.preset("full", for: graph).resolve(in: graph))
    let optimizer = Optimizer(momentum: 0, weightDecay: 0, accumulate: 1)
    training = try differentiate(promoted, list, loss: .crossEntropy(labelSmoothing: 0), optimizer: optimizer).training
      .maskingActivations()
    x = randomBytes(type, in: -1...1, &generator)
  }

  /// The loss, and how a step moves each parameter.
  func run(_ step: TrainingGraph) throws -> (loss: [UInt8], updated: [[Double]]) {
    var evaluator = Evaluator()
    evaluator.context.learningRate = 1
    var inputs: [ValueID: [UInt8]] = [:]
    for id in step.graph.inputs { inputs[id] = step.graph[id].name == "labels" ? bytes([Int32(0), 2]) : x }
    let values = try evaluator.evaluate(step.graph, inputs: inputs)
    let moves = step.parameters.map { parameter in
      let type = step.graph.type(parameter.value)
      return zip(numbers(values[parameter.update]!, type), numbers(values[parameter.value]!, type)).map { $0 - $1 }
    }
    return (values[step.loss]!, moves)
  }
}

private func numbers(_ bytes: [UInt8], _ type: TensorType) -> [Double] {
  type.dtype == .i8
    ? elements(bytes, as: Int8.self).map { Double($0) } : elements(bytes, as: Float.self).map { Double($0) }
}
