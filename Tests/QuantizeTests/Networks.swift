import IR
import ONNX
import Quantize

/// Float networks for pictures of 3 x 8 x 8 that tests quantize.
enum Networks {
  /// Convolution, a residual block with a depthwise one, pooling, two dense layers; `activation` behind the first two.
  static func residual(_ activation: String = "Relu") -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 5])
    maker.weight("zero", [], [0])
    maker.weight("six", [], [6])
    let bounds = activation == "Clip" ? ["zero", "six"] : []
    maker.weight("stem", [6, 3, 3, 3])
    maker.node("Conv", ["x", "stem"], "a", [.ints("pads", [1, 1, 1, 1])])
    maker.batchNorm("a", "b", channels: 6)
    maker.node(activation, ["b"] + bounds, "c")
    maker.weight("dw", [6, 1, 3, 3])
    maker.weight("dw_bias", [6])
    maker.node("Conv", ["c", "dw", "dw_bias"], "d", [.ints("pads", [1, 1, 1, 1]), .int("group", 6)])
    maker.node(activation, ["d"] + bounds, "e")
    maker.weight("pw", [6, 6, 1, 1])
    maker.node("Conv", ["e", "pw"], "f")
    maker.node("Add", ["c", "f"], "g")
    maker.node("MaxPool", ["g"], "h", [.ints("kernel_shape", [2, 2]), .ints("strides", [2, 2])])
    maker.weight("last", [8, 6, 3, 3])
    maker.weight("last_bias", [8])
    maker.node("Conv", ["h", "last", "last_bias"], "i")
    maker.node("Relu", ["i"], "j")
    maker.node("GlobalAveragePool", ["j"], "k")
    maker.node("Flatten", ["k"], "l")
    maker.weight("dense", [8, 7])
    maker.weight("dense_bias", [7])
    maker.node("MatMul", ["l", "dense"], "m")
    maker.node("Add", ["m", "dense_bias"], "n")
    maker.node("Relu", ["n"], "o")
    maker.weight("fc", [5, 7])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["o", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Two pointwise convolutions with an activation between, whose channels differ much in size, and a classifier.
  static func unequal(_ activation: String, bounds: [String] = []) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 4])
    maker.weight("zero", [], [0])
    maker.weight("six", [], [6])
    let sizes: [Float] = [4, 1, 0.1, 0.02]
    maker.weight("first", [4, 3, 1, 1], (0..<12).map { sizes[$0 / 3] * [0.5, -0.4, 0.3, 0.6, 0.7][$0 % 5] })
    maker.weight("first_bias", [4], sizes.map { $0 / 2 })
    maker.node("Conv", ["x", "first", "first_bias"], "a")
    maker.node(activation, ["a"] + bounds, "b")
    maker.weight("second", [4, 4, 1, 1], (0..<16).map { [0.9, -0.7, 0.8][$0 % 3] / sizes[$0 % 4] })
    maker.node("Conv", ["b", "second"], "c")
    maker.node("Relu", ["c"], "d")
    maker.node("GlobalAveragePool", ["d"], "e")
    maker.node("Flatten", ["e"], "f")
    maker.weight("fc", [4, 4])
    maker.node("Gemm", ["f", "fc"], "y", [.int("transB", 1)])
    return maker
  }

  /// Uniform samples between −1 and 1.
  static func samples(_ count: Int = 24, scale: Float = 1) -> (SampleAxes) -> CalibrationSamples {
    { shape in
      CalibrationSamples(count: count) { index in
        var generator = SeededGenerator(seed: UInt64(index) + 1)
        return (0..<shape.count).map { _ in scale * generator.uniform(1) }
      }
    }
  }
}

extension QuantizeOptions {
  /// Neither equalization nor bias correction.
  static func plain(_ calibration: Calibration = .minmax) -> QuantizeOptions {
    var options = QuantizeOptions()
    options.calibration = calibration
    options.equalization = .off
    options.biasCorrection = .off
    return options
  }
}
