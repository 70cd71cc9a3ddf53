import IR
import ONNX
import Testing

@testable import Quantize

/// Integers of weights and biases.
struct LayerTests {
  private func layer(_ maker: ModelMaker, _ index: Int) throws -> QuantizationSites.Layer {
    let model = try maker.model()
    return try model.quantizationSites(Set(model.tensorNames)).layers[index]
  }

  private func convolution(_ weights: [Float], _ bias: [Float]) throws -> QuantizationSites.Layer {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 1, 1])
    maker.output("y", [1, 2, 1, 1])
    maker.weight("w", [2, 2, 1, 1], weights)
    maker.weight("b", [2], bias)
    maker.node("Conv", ["x", "w", "b"], "z")
    maker.weight("v", [2, 2, 1, 1])
    maker.node("Conv", ["z", "v"], "y")
    return try layer(maker, 0)
  }

  @Test func eachOutputChannelHasItsScale() throws {
    let layer = try convolution([1, -0.51, 0.02, 0.015], [0.5, -0.25])
    let integers = QuantizationScheme.Layer(layer, bias: layer.bias, inputScale: 0.5)
    let scales: [Float] = [Float(1) / 127, Float(0.02) / 127]
    #expect(integers.scales == scales)
    #expect(integers.weights == [127, -65, 127, 95])
    #expect(integers.biasScales == scales.map { $0 * 0.5 })
    let units = integers.biasScales.map { Double($0) }
    let bias: [Int32] = [Int32((0.5 / units[0]).rounded()), Int32((-0.25 / units[1]).rounded())]
    #expect(integers.bias == bias)
  }

  @Test func aChannelOfZerosHasAScale() throws {
    let layer = try convolution([0, 0, 1, 1], [0, 0])
    let integers = QuantizationScheme.Layer(layer, bias: layer.bias, inputScale: 0.1)
    #expect(integers.scales.allSatisfy { $0 > 1e-3 } && integers.weights == [0, 0, 127, 127])
  }

  @Test func aBiasFarAboveItsWeightsFits() throws {
    let layer = try convolution([1e-12, 1e-12, 1, 1], [100, 1])
    let integers = QuantizationScheme.Layer(layer, bias: layer.bias, inputScale: 0.01)
    let bias = try #require(integers.bias)
    let real = Double(bias[0]) * Double(integers.biasScales[0])
    #expect(abs(real - 100) < 1e-4)
    #expect(bias[0] <= 1 << 30)
  }

  @Test func channelsOfAMatrixStandOnItsOwnAxis() throws {
    let dense = try layer(Networks.residual(), 4)
    #expect(dense.weight == "dense" && dense.outputAxis == 1 && dense.outputs == 7)
    let maxima = dense.channelMaxima()
    for channel in 0..<7 {
      var largest: Float = 0
      for row in 0..<8 { largest = max(largest, abs(dense.weights[row * 7 + channel])) }
      #expect(maxima[channel] == largest)
    }
  }
}
