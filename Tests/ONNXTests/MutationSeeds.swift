@testable import ONNX

/// Networks that use most rules between them.
enum MutationSeeds {
  static var all: [ModelMaker] {
    [SmallModels.classifier(), SmallModels.gated(), moving, windows, folded, quantized, integerSums, old]
  }

  /// What moves and reduces elements.
  static var moving: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [2, 3, 4, 4])
    maker.output("y", [2, 5])
    for (name, values) in [
      ("pads", [0, 0, 1, 1, 0, 0, 1, 1]), ("from", [1, 0]), ("to", [5, 6]), ("axes", [2, 3]), ("sizes", [1, 2]),
      ("flat", [0, -1]), ("one", [1]), ("picks", [2, 0, 1]), ("big", [2, 3, 8, 6]), ("wide", [2, 3, 5, 6]),
    ] as [(String, [Int64])] { maker.integers(name, values) }
    maker.node("Pad", ["x", "pads"], "a")
    maker.node("Slice", ["a", "from", "to", "axes"], "b")
    maker.node("Transpose", ["b"], "c", [.ints("perm", [0, 2, 3, 1])])
    maker.node("Transpose", ["c"], "d", [.ints("perm", [0, 3, 1, 2])])
    maker.node("Split", ["d", "sizes"], "e", [.int("axis", 1)])
    maker.proto.graph.node[maker.proto.graph.node.count - 1].output.append("f")
    maker.node("Concat", ["f", "e"], "g", [.int("axis", 1)])
    maker.node("Gather", ["g", "picks"], "h", [.int("axis", 1)])
    maker.node("Resize", ["h", "", "", "big"], "i")
    maker.node("ReduceMean", ["i"], "j", [.ints("axes", [2]), .int("keepdims", 1)])
    maker.node("Unsqueeze", ["j", "one"], "k")
    maker.node("Squeeze", ["k", "one"], "l")
    maker.node("Softmax", ["l"], "m", [.int("axis", 3)])
    maker.node("Expand", ["m", "wide"], "n")
    maker.node("Flatten", ["n"], "o", [.int("axis", 1)])
    maker.weight("fc", [90, 5])
    maker.node("MatMul", ["o", "fc"], "y")
    return maker
  }

  /// Windows of every kind.
  static var windows: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 4, 9, 9])
    maker.output("y", [1, 4])
    maker.weight("w", [4, 2, 3, 3])
    maker.node(
      "Conv", ["x", "w"], "a",
      [
        .ints("pads", [1, 1, 1, 1]), .ints("strides", [1, 2]), .ints("dilations", [1, 1]), .int("group", 2),
        .ints("kernel_shape", [3, 3]),
      ])
    maker.node(
      "MaxPool", ["a"], "b", [.ints("kernel_shape", [2, 2]), .ints("strides", [2, 2]), .int("ceil_mode", 1)])
    maker.node(
      "AveragePool", ["b"], "c",
      [.ints("kernel_shape", [3, 3]), .ints("pads", [1, 1, 1, 1]), .int("count_include_pad", 1)])
    maker.node("LRN", ["c"], "d", [.int("size", 3), .float("alpha", 0.1)])
    maker.node("LeakyRelu", ["d"], "e", [.float("alpha", 0.1)])
    maker.node("GlobalAveragePool", ["e"], "f")
    maker.node("Flatten", ["f"], "y")
    return maker
  }

  /// What is computed while importing.
  static var folded: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [2, 6])
    maker.output("y", [2, 4])
    maker.weight("a", [3, 4])
    maker.weight("b", [3, 4])
    maker.weight("s", [4])
    maker.integers("rows", [3, 1, 0, 2])
    maker.node("Concat", ["a", "b"], "c", [.int("axis", 0)])
    maker.node("Mul", ["c", "s"], "d")
    maker.node("Transpose", ["d"], "e", [.ints("perm", [1, 0])])
    maker.node("Gather", ["e", "rows"], "f", [.int("axis", 0)])
    maker.node("Shape", ["f"], "shape")
    maker.node("Reshape", ["f", "shape"], "g")
    maker.integers("four", [4])
    maker.node("ConstantOfShape", ["four"], "zero", [.tensor("value", .floats("value", [1], [0.5]))])
    maker.node("Neg", ["zero"], "bias")
    maker.node("Cast", ["bias"], "h", [.int("to", 1)])
    maker.node("Gemm", ["x", "g", "h"], "y", [.int("transB", 1), .float("alpha", 1), .float("beta", 1)])
    return maker
  }

  /// Integers between roundings, fake quantization of a weight, a bias in units of its own.
  static var quantized: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.output("y", [1, 3])
    maker.weight("xs", [], [0.03])
    maker.integers("xz", [], [0])
    maker.weight("w", [3, 2, 1, 1])
    maker.weight("ws", [3], [0.01, 0.02, 0.01])
    maker.integers("wz", [3], [0, 0, 0])
    maker.integers("b", [3], [100, -100, 5], type: 6)
    maker.weight("bs", [3], [0.001, 0.001, 0.001])
    maker.node("QuantizeLinear", ["x", "xs", "xz"], "q")
    maker.node("DequantizeLinear", ["q", "xs", "xz"], "r")
    maker.node("QuantizeLinear", ["w", "ws", "wz"], "wq", [.int("axis", 0)])
    maker.node("DequantizeLinear", ["wq", "ws", "wz"], "wd", [.int("axis", 0)])
    maker.node("DequantizeLinear", ["b", "bs"], "bd", [.int("axis", 0)])
    maker.node("Conv", ["r", "wd", "bd"], "c")
    maker.node("Relu", ["c"], "d")
    maker.node("QuantizeLinear", ["d", "xs", "xz"], "e")
    maker.integers("v", [3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    maker.node("QLinearConv", ["e", "xs", "xz", "v", "ws", "wz", "xs", "xz"], "f")
    maker.node("MaxPool", ["f"], "g", [.ints("kernel_shape", [2, 2])])
    maker.node("DequantizeLinear", ["g", "xs", "xz"], "h")
    maker.node("GlobalAveragePool", ["h"], "i")
    maker.node("Flatten", ["i"], "j")
    maker.weight("fc", [3, 3])
    maker.node("MatMul", ["j", "fc"], "y")
    return maker
  }

  /// Sums of integers, one with scales of run time and one with those of the file.
  static var integerSums: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.output("y", [1, 3])
    maker.integers("w", [3, 2, 1, 1], [-127, 127, 5, 0, -7, 100])
    maker.weight("ws", [], [0.5])
    maker.weight("b", [3])
    maker.integers("shape", [1, -1, 1, 1])
    maker.node("DynamicQuantizeLinear", ["x"], "q")
    maker.proto.graph.node[0].output = ["q", "xs", "xz"]
    maker.node("ConvInteger", ["q", "w", "xz"], "sum")
    maker.node("Cast", ["sum"], "real", [.int("to", 1)])
    maker.node("Mul", ["xs", "ws"], "s")
    maker.node("Mul", ["real", "s"], "scaled")
    maker.node("Reshape", ["b", "shape"], "bias")
    maker.node("Add", ["scaled", "bias"], "c")
    maker.node("GlobalAveragePool", ["c"], "d")
    maker.node("Flatten", ["d"], "e")
    maker.weight("es", [], [0.03])
    maker.integers("ez", [], [0])
    maker.integers("v", [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    maker.integers("vz", [], [5])
    maker.weight("vs", [3], [0.01, 0.02, 0.01])
    maker.node("QuantizeLinear", ["e", "es", "ez"], "f")
    maker.node("MatMulInteger", ["f", "v", "ez", "vz"], "g")
    maker.node("Cast", ["g"], "h", [.int("to", 1)])
    maker.node("Mul", ["h", "vs"], "y")
    return maker
  }

  /// Attributes of opset 11.
  static var old: ModelMaker {
    var maker = ModelMaker(opset: 11)
    maker.input("x", [2, 3, 1, 4])
    maker.output("y", [2, 12])
    maker.node("Squeeze", ["x"], "a", [.ints("axes", [2])])
    maker.node("Unsqueeze", ["a"], "b", [.ints("axes", [2])])
    maker.node("Softmax", ["b"], "c", [.int("axis", 1)])
    maker.node("Split", ["c"], "d", [.ints("split", [1, 2]), .int("axis", 1)])
    maker.proto.graph.node[3].output.append("e")
    maker.node("Concat", ["d", "e"], "f", [.int("axis", 1)])
    maker.weight("g", [3, 1, 4])
    maker.node("Add", ["f", "g"], "h")
    maker.node("Flatten", ["h"], "y", [.int("axis", 1)])
    return maker
  }
}
