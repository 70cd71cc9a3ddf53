import Evaluate
import IR
import ONNX
import Support
import Testing

@testable import Quantize

/// Cross-layer equalization and bias correction.
struct EqualizationTests {
  private func outputs(_ bytes: [UInt8], _ maker: (SampleAxes) -> CalibrationSamples) throws -> [Float] {
    let model = try ONNXModel(bytes: bytes, path: "m.onnx").imported()
    let input = try #require(model.graph.value(named: "x"))
    let samples = maker(SampleAxes(arena: [1, 8, 8, 3]))
    return try samples.batches(of: 1, count: samples.count).flatMap { sample in
      let values = try Evaluator().evaluate(model.graph, inputs: [input: sample])
      return elements(values[model.graph.outputs[0].value] ?? [], as: Float.self)
    }
  }

  private func network(_ maker: ModelMaker, _ samples: (SampleAxes) -> CalibrationSamples) throws -> FloatNetwork {
    let model = try maker.model()
    let input = try NetworkInput(model, .plain())
    var network = try FloatNetwork(model, input.tensors, input.importing)
    try network.observe(samples(input.axes).batches(of: 8, count: 24).groups(inMemory: 2)) { _ in }
    return network
  }

  @Test(arguments: [("Relu", []), ("Clip", ["zero", "six"])])
  func rescaledChannelsComputeTheSame(activation: String, bounds: [String]) throws {
    let maker = Networks.unequal(activation, bounds: bounds)
    // Large enough for the clip to reach one of the channels.
    let samples = Networks.samples(24, scale: 2.5)
    let network = try network(maker, samples)
    let maxima = try #require(network.channelMaxima["b"])
    if activation == "Clip" { #expect(maxima[0] == 6 && maxima[1] < 6) }
    let tensors = try #require(Equalization.tensors(network.sites, channelMaxima: network.channelMaxima))
    let before = try outputs(maker.bytes(), samples)
    let after = try outputs(maker.model().exported(tensors), samples)
    for (a, b) in zip(before, after) { #expect(abs(a - b) <= 1e-4 * max(abs(a), 1)) }
  }

  @Test func channelsBecomeMoreEqual() throws {
    let maker = Networks.unequal("Relu")
    let before = try network(maker, Networks.samples())
    let tensors = try #require(Equalization.tensors(before.sites, channelMaxima: before.channelMaxima))
    var equal = maker
    for tensor in tensors { equal[initializer: tensor.name] = .floats(tensor.name, tensor.shape, tensor.values) }
    let after = try network(equal, Networks.samples())
    let (old, new) = (try #require(before.channelMaxima["b"]), try #require(after.channelMaxima["b"]))
    #expect(old.max()! > 100 * old.min()!)
    #expect(new.max()! < 20 * new.min()!)
    #expect(abs(new.max()! - old.max()!) < 1e-4 * old.max()!)
  }

  @Test func aDepthwiseReaderMakesChannelsEqual() throws {
    let network = try network(Networks.residual(), Networks.samples())
    let depthwise = try #require(network.sites.layers.first { $0.isDepthwise })
    let scales = Equalization.scales([8, 2, 4, 1, 0, 8], depthwise, bound: nil)
    #expect(scales == [1, 0.25, 0.5, 0.125, 1, 1])
    let clipped: [Float] = [1, Float(2) / 6, Float(4) / 6, Float(1) / 6, 1, 1]
    let bounded = Equalization.scales([8, 2, 4, 1, 0, 6], depthwise, bound: 6)
    #expect(bounded == clipped)
  }

  @Test func equalizationRaisesTheFidelityOfUnequalChannels() throws {
    let model = try Networks.unequal("Relu").model()
    var options = QuantizeOptions.plain()
    let without = try quantize(model, options, samples: Networks.samples())
    options.equalization = .auto
    let with = try quantize(model, options, samples: Networks.samples())
    #expect(with.report.isEqualized && !without.report.isEqualized)
    #expect(with.report.decibels > without.report.decibels + 3)
  }

  /// Sum of the differences; a bias that is not there is zero.
  private func distance(_ a: [[Float]?], _ b: [[Float]?]) -> Float {
    var sum: Float = 0
    for (first, second) in zip(a, b) {
      for index in (first ?? []).indices { sum += abs(first![index] - (second?[index] ?? 0)) }
    }
    return sum
  }

  @Test func biasCorrectionGivesChannelsTheirMean() throws {
    let float = try network(Networks.residual(), Networks.samples())
    let input = try NetworkInput(float.model, .plain())
    let batches = Networks.samples()(input.axes).batches(of: 8, count: 24)
    let plain = try QuantizedNetwork(
      float, biases: float.sites.layers.map(\.bias), isCorrected: false, input.importing)
    let biases = try plain.correctedBiases(batches) { _ in }
    let corrected = try QuantizedNetwork(float, biases: biases, isCorrected: true, input.importing)
    // What would still have to be added is a small part of what was added.
    let rest = try corrected.correctedBiases(batches) { _ in }
    let (first, second) = (distance(biases, plain.biases), distance(rest, biases))
    #expect(first > 0)
    #expect(second < 0.2 * first)
  }
}
