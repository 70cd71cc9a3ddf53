import Foundation
import Samples
import Support
import Testing

@testable import ONNX

/// What `compile` accepts, `export` writes: networks in integers whose weights and biases stand otherwise than layers do.
struct ComputedWeightTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeRandomSamples("d.npz", [3, 6, 6], classes: 3)
  }

  /// Two convolutions between roundings and a classifier; `first` and `second` compute c and f of a and d.
  private func network(_ first: (inout ModelMaker) -> Void, _ second: (inout ModelMaker) -> Void) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 6, 6])
    maker.output("y", [-1, 3])
    for (name, scale, zero) in [("x", 0.02, 0), ("d", 0.015, -128), ("f", 0.02, -128)] as [(String, Float, Int)] {
      maker.weight(name + "s", [], [scale])
      maker.integers(name + "z", [], [zero])
    }
    func round(_ name: String, _ result: String) {
      maker.node("QuantizeLinear", [name, name + "s", name + "z"], name + ".q")
      maker.node("DequantizeLinear", [name + ".q", name + "s", name + "z"], result)
    }
    round("x", "a")
    first(&maker)
    maker.node("Relu", ["c"], "d")
    round("d", "e")
    second(&maker)
    maker.node("Relu", ["g"], "f")
    round("f", "h")
    maker.node("GlobalAveragePool", ["h"], "i")
    maker.node("Flatten", ["i"], "j")
    maker.weight("fc", [4, 3])
    maker.weight("fc_bias", [3])
    maker.node("Gemm", ["j", "fc", "fc_bias"], "y")
    return maker
  }

  /// A convolution from `x` to `y` with weights and bias of these names.
  private func convolution(_ x: String, _ weight: String, _ bias: String, _ y: String) -> (inout ModelMaker) -> Void {
    { $0.node("Conv", [x, weight, bias], y, [.ints("pads", [1, 1, 1, 1])]) }
  }

  /// Integer weights and their scales, of `channels` input channels.
  private func integerWeight(_ maker: inout ModelMaker, _ name: String, channels: Int) {
    maker.integers(name, [4, channels, 3, 3], (0..<(36 * channels)).map { $0 * 37 % 255 - 127 })
    maker.weight(name + "s", [4], [0.002, 0.003, 0.001, 0.002])
    maker.node("DequantizeLinear", [name, name + "s"], name + "d", [.int("axis", 0)])
  }

  /// Compiles, trains and exports; the plan and the exported file predict the same.
  private func expectExported(
    _ maker: ModelMaker, mode: String = "i8", trained: Set<String>, announced: Set<String>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try scratch.writeModel("m.onnx", maker)
    func run(_ arguments: String...) throws -> CommandResult {
      let result = try Command.espalier.run(arguments, in: scratch.path)
      try #require(result.status == 0, "\(arguments)\n\(result.errors)", sourceLocation: sourceLocation)
      return result
    }
    let report = try run(
      "compile", "m.onnx", "-o", "p.plan", "--mode", mode, "--batch", "4", "--lr", "0.02", "--json")
    let names = (report.json["trained_tensors"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
    #expect(trained.isSubset(of: names), "\(names)", sourceLocation: sourceLocation)
    #expect(
      Set(report.json["new_initializers"] as? [String] ?? []) == announced, "\(report.json["new_initializers"] ?? "")",
      sourceLocation: sourceLocation)
    _ = try run("train", "p.plan", "--data", "d.npz", "--steps", "12", "--checkpoint", "c.ckpt")
    _ = try run("predict", "p.plan", "--data", "d.npz", "--checkpoint", "c.ckpt", "-o", "a.npz")
    _ = try run("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "e.onnx")
    _ = try run("compile", "e.onnx", "-o", "e.plan", "--mode", mode, "--batch", "4", "--policy", "head")
    _ = try run("predict", "e.plan", "--data", "d.npz", "-o", "b.npz")
    let (a, b) = (
      try scratch.arrays("a.npz").array("logits", path: ""), try scratch.arrays("b.npz").array("logits", path: "")
    )
    for (x, y) in zip(a.numbers(0..<a.count), b.numbers(0..<b.count)) {
      #expect(abs(x - y) < 1e-4, sourceLocation: sourceLocation)
    }
  }

  private func rest(_ maker: inout ModelMaker) {
    integerWeight(&maker, "v", channels: 4)
    maker.weight("vb", [4])
    convolution("e", "vd", "vb", "g")(&maker)
  }

  @Test(arguments: ["i8", "f32"]) func fakeQuantizationOfWeights(mode: String) throws {
    let maker = network {
      $0.weight("w", [4, 3, 3, 3], from: -0.25, to: 0.25)
      $0.weight("ws", [4], [0.002, 0.003, 0.001, 0.002])
      $0.integers("wz", [4], [0, 0, 0, 0])
      $0.weight("b", [4])
      $0.node("QuantizeLinear", ["w", "ws", "wz"], "wq", [.int("axis", 0)])
      $0.node("DequantizeLinear", ["wq", "ws", "wz"], "wd", [.int("axis", 0)])
      convolution("a", "wd", "b", "c")(&$0)
    } _: {
      rest(&$0)
    }
    try expectExported(maker, mode: mode, trained: ["w", "b", "v", "vb"], announced: ["w"])
  }

  @Test func aBiasInUnitsOfItsOwn() throws {
    let maker = network {
      integerWeight(&$0, "w", channels: 3)
      $0.integers("b", [4], [300, -200, 100, 7], type: 6)
      $0.weight("bs", [4], [1e-3, 1e-3, 2e-3, 1e-3])
      $0.node("DequantizeLinear", ["b", "bs"], "bd", [.int("axis", 0)])
      convolution("a", "wd", "bd", "c")(&$0)
    } _: {
      rest(&$0)
    }
    try expectExported(maker, trained: ["w", "b"], announced: [])
  }

  @Test func aBiasThatLayersShare() throws {
    let maker = network {
      integerWeight(&$0, "w", channels: 3)
      $0.weight("b", [4], [0.3, -0.2, 0.1, 0.05])
      convolution("a", "wd", "b", "c")(&$0)
    } _: {
      integerWeight(&$0, "v", channels: 4)
      convolution("e", "vd", "b", "g")(&$0)
    }
    try expectExported(maker, trained: ["w.bias", "v.bias"], announced: ["w.bias", "v.bias"])
  }

  @Test func integersThatAreMoved() throws {
    let maker = network {
      $0.integers("w", [3, 3, 3, 4], (0..<108).map { $0 * 37 % 255 - 127 })
      $0.weight("ws", [4], [0.002, 0.003, 0.001, 0.002])
      $0.weight("b", [4])
      $0.node("Transpose", ["w"], "wt", [.ints("perm", [3, 2, 0, 1])])
      $0.node("DequantizeLinear", ["wt", "ws"], "wd", [.int("axis", 0)])
      convolution("a", "wd", "b", "c")(&$0)
    } _: {
      rest(&$0)
    }
    try expectExported(maker, trained: ["wt", "b"], announced: ["wt"])
  }

  @Test func aBiasWithAZeroPoint() throws {
    let maker = network {
      integerWeight(&$0, "w", channels: 3)
      $0.integers("b", [4], [100, -20, 30, 22])
      $0.weight("bs", [], [0.006])
      $0.integers("bz", [], [22])
      $0.node("DequantizeLinear", ["b", "bs", "bz"], "bd")
      convolution("a", "wd", "bd", "c")(&$0)
    } _: {
      rest(&$0)
    }
    try expectExported(maker, trained: ["w", "bd"], announced: ["bd"])
  }

  /// Quantizers write roundings of other types than ONNX once had in a domain of their own.
  @Test(arguments: ["i8", "f32"]) func roundingsOfAnotherDomain(mode: String) throws {
    var maker = network {
      integerWeight(&$0, "w", channels: 3)
      $0.weight("b", [4])
      convolution("a", "wd", "b", "c")(&$0)
    } _: {
      rest(&$0)
    }
    var domain = Onnx_OperatorSetIdProto()
    domain.domain = "com.microsoft"
    domain.version = 1
    maker.proto.opsetImport.append(domain)
    for index in maker.proto.graph.node.indices where maker.proto.graph.node[index].opType.hasSuffix("Linear") {
      maker.proto.graph.node[index].domain = domain.domain
    }
    try expectExported(maker, mode: mode, trained: ["w", "b", "v", "vb"], announced: [])
  }

  /// What the file rounds its result to does not bound what training makes of it.
  @Test(arguments: ["i8", "f32"]) func aRoundedResult(mode: String) throws {
    var maker = network {
      integerWeight(&$0, "w", channels: 3)
      $0.weight("b", [4])
      convolution("a", "wd", "b", "c")(&$0)
    } _: {
      rest(&$0)
    }
    let last = maker.proto.graph.node.count - 1
    maker.proto.graph.node[last].output = ["logits"]
    maker.weight("ys", [], [1e-4])
    maker.node("QuantizeLinear", ["logits", "ys", "xz"], "logits.q")
    maker.node("DequantizeLinear", ["logits.q", "ys", "xz"], "y")
    try expectExported(maker, mode: mode, trained: ["w", "b", "v", "vb", "fc", "fc_bias"], announced: [])
    let exported = try ONNXModel(path: scratch.file("e.onnx"))
    #expect(exported.proto.graph.node.allSatisfy { !$0.input.contains("ys") })
  }

  @Test func paddingThatASumReadsToo() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 6, 6])
    maker.output("y", [-1, 3])
    maker.weight("w", [4, 3, 3, 3])
    maker.weight("b", [4])
    maker.node("Conv", ["x", "w", "b"], "c", [.ints("pads", [1, 1, 1, 1])])
    maker.node("Relu", ["c"], "r")
    maker.node("MaxPool", ["r"], "q", [.ints("kernel_shape", [2, 2])])
    maker.integers("pads", [0, 0, 1, 0, 0, 0, 1, 2])
    maker.node("Pad", ["q", "pads"], "m")
    maker.weight("v", [4, 4, 1, 1])
    maker.weight("vb", [4])
    maker.node("Conv", ["m", "v", "vb"], "d")
    maker.node("Add", ["m", "d"], "s")
    maker.node("GlobalAveragePool", ["s"], "g")
    maker.node("Flatten", ["g"], "f")
    maker.weight("fc", [4, 3])
    maker.node("MatMul", ["f", "fc"], "y")
    try scratch.writeModel("f.onnx", maker)
    #expect(try scratch.espalier("quantize", "f.onnx", "--data", "d.npz", "-o", "m.onnx").status == 0)
    let quantized = try ONNXModel(path: scratch.file("m.onnx"))
    func scale(_ tensor: String) throws -> [Float] {
      let node = try #require(quantized.proto.graph.node.first { $0.output.contains(tensor) })
      return try #require(try quantized.initializer(node.input[1])).floats()
    }
    let layer = try #require(quantized.proto.graph.node.last { $0.opType == "Conv" })
    let (input, weight, bias) = (try scale(layer.input[0]), try scale(layer.input[1]), try scale(layer.input[2]))
    for (w, b) in zip(weight, bias) { #expect(abs(b / (w * input[0]) - 1) < 1e-5) }
    let int8 = try ModelMaker(bytes: scratch.read("m.onnx"))
    try expectExported(int8, trained: ["w", "v", "vb"], announced: [])
  }
}

extension ModelMaker {
  fileprivate init(bytes: [UInt8]) throws {
    self.init()
    proto = try Onnx_ModelProto(serializedBytes: bytes)
  }
}
