@testable import ONNX

/// Networks that the tests of the file model and of the export share.
enum SmallModels {
  /// Conv, depthwise Conv with bias, and 1x1 Conv, each normalized; then a dense classifier of 5 classes.
  static func classifier() -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 5])
    maker.weight("stem", [4, 3, 3, 3])
    maker.node("Conv", ["x", "stem"], "a", [.ints("pads", [1, 1, 1, 1]), .ints("strides", [2, 2])])
    maker.batchNorm("a", "b", channels: 4)
    maker.node("Relu", ["b"], "c")
    maker.weight("dw", [4, 1, 3, 3])
    maker.weight("dw_bias", [4])
    maker.node("Conv", ["c", "dw", "dw_bias"], "d", [.ints("pads", [1, 1, 1, 1]), .int("group", 4)])
    maker.batchNorm("d", "e", channels: 4)
    maker.weight("pw", [6, 4, 1, 1])
    maker.node("Conv", ["e", "pw"], "f")
    maker.batchNorm("f", "g", channels: 6)
    maker.node("GlobalAveragePool", ["g"], "h")
    maker.node("Flatten", ["h"], "i")
    maker.weight("fc", [5, 6])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["i", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Pictures of 3 x 16 x 16: three convolutions that start wide, a dense classifier of 5 classes.
  static func pictures(side: Int = 16) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, side, side])
    maker.output("y", [-1, 5])
    maker.weight("stem", [8, 3, 3, 3])
    maker.node("Conv", ["x", "stem"], "a", [.ints("pads", [1, 1, 1, 1])])
    maker.node("Relu", ["a"], "b")
    maker.weight("dw", [8, 1, 3, 3])
    maker.node("Conv", ["b", "dw"], "c", [.ints("pads", [1, 1, 1, 1]), .ints("strides", [2, 2]), .int("group", 8)])
    maker.node("Relu", ["c"], "d")
    maker.weight("pw", [6, 8, 1, 1])
    maker.node("Conv", ["d", "pw"], "e")
    maker.node("GlobalAveragePool", ["e"], "f")
    maker.node("Flatten", ["f"], "g")
    maker.weight("fc", [5, 6])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["g", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Pictures of 3 x 16 x 16: six convolutions of one width, whose inputs all wait for backward; 5 classes.
  static func deep(_ activation: String = "Relu") -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 16, 16])
    maker.output("y", [-1, 5])
    var last = "x"
    for layer in 0..<6 {
      maker.weight("conv\(layer)", [8, layer == 0 ? 3 : 8, 3, 3])
      maker.node("Conv", [last, "conv\(layer)"], "a\(layer)", [.ints("pads", [1, 1, 1, 1])])
      maker.node(activation, ["a\(layer)"], "b\(layer)")
      last = "b\(layer)"
    }
    maker.node("GlobalAveragePool", [last], "f")
    maker.node("Flatten", ["f"], "g")
    maker.weight("fc", [5, 8])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["g", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Pictures of 3 x 16 x 16: an expansion to 16 channels, a depthwise layer and a projection; 5 classes.
  static func block() -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 16, 16])
    maker.output("y", [-1, 5])
    maker.weight("expand", [16, 3, 1, 1])
    maker.node("Conv", ["x", "expand"], "a")
    maker.node("Relu", ["a"], "b")
    maker.weight("dw", [16, 1, 3, 3])
    maker.node("Conv", ["b", "dw"], "c", [.ints("pads", [1, 1, 1, 1]), .int("group", 16)])
    maker.node("Relu", ["c"], "d")
    maker.weight("project", [8, 16, 1, 1])
    maker.node("Conv", ["d", "project"], "e")
    maker.node("GlobalAveragePool", ["e"], "f")
    maker.node("Flatten", ["f"], "g")
    maker.weight("fc", [5, 8])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["g", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Pictures of 3 x 16 x 16: GELU and SiLU in the parts that exporters write; 5 classes.
  static func gated() -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 16, 16])
    maker.output("y", [-1, 5])
    for (name, value) in [("root", 1.4142135), ("one", 1), ("half", 0.5)] as [(String, Float)] {
      maker.weight(name, [], [value])
    }
    maker.weight("stem", [8, 3, 3, 3])
    maker.node("Conv", ["x", "stem"], "a")
    maker.node("Div", ["a", "root"], "b")
    maker.node("Erf", ["b"], "c")
    maker.node("Add", ["c", "one"], "d")
    maker.node("Mul", ["a", "d"], "e")
    maker.node("Mul", ["e", "half"], "f")
    maker.weight("pw", [8, 8, 1, 1])
    maker.node("Conv", ["f", "pw"], "g")
    maker.node("Sigmoid", ["g"], "h")
    maker.node("Mul", ["g", "h"], "i")
    maker.node("GlobalAveragePool", ["i"], "j")
    maker.node("Flatten", ["j"], "k")
    maker.weight("fc", [5, 8])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["k", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Pictures of 3 x 6 x 6: two convolutions whose weights are more than what they compute; 3 classes.
  static func heavy() -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 6, 6])
    maker.output("y", [-1, 3])
    maker.weight("first", [16, 3, 3, 3])
    maker.node("Conv", ["x", "first"], "a", [.ints("pads", [1, 1, 1, 1])])
    maker.node("Relu", ["a"], "b")
    maker.weight("second", [16, 16, 3, 3])
    maker.node("Conv", ["b", "second"], "c", [.ints("pads", [1, 1, 1, 1])])
    maker.node("Relu", ["c"], "d")
    maker.node("GlobalAveragePool", ["d"], "e")
    maker.node("Flatten", ["e"], "f")
    maker.weight("fc", [3, 16])
    maker.weight("fc_bias", [3])
    maker.node("Gemm", ["f", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Recordings of 6 channels, 64 moments long: Conv and pointwise Conv along time, a dense classifier of 7 classes.
  static func sensor() -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 6, 1, 64])
    maker.output("y", [-1, 7])
    maker.weight("stem", [8, 6, 1, 5])
    maker.node("Conv", ["x", "stem"], "a", [.ints("pads", [0, 2, 0, 2]), .ints("strides", [1, 2])])
    maker.batchNorm("a", "b", channels: 8)
    maker.node("Relu", ["b"], "c")
    maker.weight("dw", [8, 1, 1, 5])
    maker.node("Conv", ["c", "dw"], "d", [.ints("pads", [0, 2, 0, 2]), .int("group", 8)])
    maker.batchNorm("d", "e", channels: 8)
    maker.node("Relu", ["e"], "f")
    maker.weight("pw", [8, 8, 1, 1])
    maker.node("Conv", ["f", "pw"], "g")
    maker.node("Add", ["g", "c"], "h")
    maker.node("GlobalAveragePool", ["h"], "i")
    maker.node("Flatten", ["i"], "j")
    maker.weight("fc", [7, 8])
    maker.weight("fc_bias", [7])
    maker.node("Gemm", ["j", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// A 1x1 convolution with a bias and its normalization, from `x` to `y`.
  static func normalized(_ inputs: Int, _ outputs: Int) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, inputs, 1, 1])
    maker.output("y", [1, outputs, 1, 1])
    maker.weight("w", [outputs, inputs, 1, 1])
    maker.weight("b", [outputs])
    maker.node("Conv", ["x", "w", "b"], "z")
    maker.batchNorm("z", "y", channels: outputs)
    return maker
  }
}
