import Foundation
import IR
import Samples
import Support
import Testing

@testable import ONNX

/// Plan and exported model compute what the file does; what they cannot is refused, before anything is trained.
struct FileFunctionTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private func compile(_ options: String..., mode: String = "f32") throws -> CommandResult {
    try Command.espalier.run(
      ["compile", "m.onnx", "-o", "p.plan", "--mode", mode, "--cap", "none", "--batch", "4"] + options, in: scratch.path
    )
  }

  /// What the plan, and what its export, give for samples.
  private func results(_ samples: String = "d.npz") throws -> (plan: [Double], export: [Double], nodes: [String]) {
    let predicted = try scratch.espalier("predict", "p.plan", "--data", samples, "-o", "o.npz")
    try #require(predicted.status == 0, "\(predicted.errors)")
    let exported = try scratch.espalier("export", "p.plan", "-o", "e.onnx")
    try #require(exported.status == 0, "\(exported.errors)")
    let again = try scratch.espalier(
      "compile", "e.onnx", "-o", "e.plan", "--mode", "f32", "--cap", "none", "--batch", "4", "--loss", "mse")
    try #require(again.status == 0, "\(again.errors)")
    let second = try scratch.espalier("predict", "e.plan", "--data", samples, "-o", "oe.npz")
    try #require(second.status == 0, "\(second.errors)")
    func numbers(_ name: String) throws -> [Double] {
      let array = try scratch.arrays(name).array("logits", path: name)
      return array.numbers(0..<array.shape.reduce(1, *))
    }
    let model = try Onnx_ModelProto(serializedBytes: scratch.read("e.onnx"))
    return (try numbers("o.npz"), try numbers("oe.npz"), model.graph.node.map(\.opType))
  }

  /// x [N, 6] → dense 5 → ReLU that rounding holds → dense 4 → `hold` of it, each rounded to uint8.
  private func rounded(zero: Int, scale: Float, mean: Bool = false) -> ModelMaker {
    var maker = ModelMaker()
    let picture = mean ? [1, 1] : []
    maker.input("x", [-1, 6] + (mean ? [2, 2] : []))
    maker.output("y", [-1, 4])
    func round(_ name: String, _ result: String, _ scale: Float, zero: Int) {
      maker.weight(result + ".s", [], [scale])
      maker.integers(result + ".z", [], [zero], type: 2)
      maker.node("QuantizeLinear", [name, result + ".s", result + ".z"], result + ".q")
      maker.node("DequantizeLinear", [result + ".q", result + ".s", result + ".z"], result)
    }
    func layer(_ x: String, _ name: String, _ inputs: Int, _ outputs: Int) {
      maker.integers(
        name + ".i", [outputs, inputs] + picture, (0..<outputs * inputs).map { ($0 * 37 + 11) % 120 - 60 })
      maker.weight(name + ".ws", [], [0.02])
      maker.integers(name + ".wz", [], [0])
      maker.node("DequantizeLinear", [name + ".i", name + ".ws", name + ".wz"], name + ".w")
      maker.node(mean ? "Conv" : "Gemm", [x, name + ".w"], name, mean ? [] : [.int("transB", 1)])
    }
    round("x", "xr", 0.02, zero: 128)
    layer("xr", "a", 6, 5)
    round("a", "ar", 0.02, zero: 0)
    layer("ar", "b", 5, 4)
    round("b", mean ? "br" : "y", scale, zero: zero)
    if mean {
      maker.node("GlobalAveragePool", ["br"], "g")
      round("g", "gr", scale, zero: zero)
      maker.node("Flatten", ["gr"], "y")
    }
    return maker
  }

  @Test(arguments: ["i8", "f32"]) func aReluThatARoundingHoldsStays(mode: String) throws {
    try scratch.writeModel("m.onnx", rounded(zero: 0, scale: 0.004))
    try scratch.writeRandomSamples("d.npz", [6], classes: 4)
    let compiled = try compile("--loss", "mse", mode: mode)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let (plan, export, nodes) = try results()
    #expect(plan.contains { $0 == 0 } && plan.allSatisfy { $0 >= 0 && $0 <= 1.0201 })
    #expect(plan.contains { abs($0 - 1.02) < 1e-4 })
    #expect(zip(plan, export).allSatisfy { abs($0 - $1) < 0.15 }, "\(plan) \(export)")
    #expect(nodes.last == "Clip")
  }

  /// A range around zero is only that of the samples it was measured on; a regression says that it goes.
  @Test func aRangeAroundZeroGoesAndIsSaid() throws {
    try scratch.writeModel("m.onnx", rounded(zero: 128, scale: 0.004))
    try scratch.writeRandomSamples("d.npz", [6], classes: 4)
    let compiled = try compile("--loss", "mse", mode: "i8")
    #expect(compiled.status == 0 && compiled.errors.contains("rounds its results to integers"), "\(compiled.errors)")
    let (plan, export, nodes) = try results()
    #expect(plan.contains { abs($0) > 0.6 })
    #expect(zip(plan, export).allSatisfy { abs($0 - $1) < 0.15 }, "\(plan) \(export)")
    #expect(nodes.last == "Gemm")
  }

  /// What rounds in front of a mean is a part of the network, for the plan and for its export, with a new classifier too.
  @Test(arguments: [[], ["--classes", "3"]]) func aRoundingInFrontOfAMeanStays(options: [String]) throws {
    try scratch.writeModel("m.onnx", rounded(zero: 0, scale: 0.02, mean: true))
    try scratch.writeRandomSamples("d.npz", [6, 2, 2], classes: 3)
    let compiled = try Command.espalier.run(
      ["compile", "m.onnx", "-o", "p.plan", "--mode", "i8", "--cap", "none", "--batch", "4"] + options, in: scratch.path
    )
    try #require(compiled.status == 0, "\(compiled.errors)")
    let (plan, export, nodes) = try results()
    #expect(zip(plan, export).allSatisfy { abs($0 - $1) < 0.15 }, "\(plan) \(export)")
    let pool = try #require(nodes.firstIndex(of: "GlobalAveragePool"))
    #expect(nodes[pool - 1] == "DequantizeLinear")
  }

  @Test func whatMixesSamplesIsRefusedEverywhere() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 6])
    maker.output("y", [-1, 4])
    maker.weight("w", [6, 6])
    maker.node("MatMul", ["x", "w"], "a")
    maker.node("Softmax", ["a"], "s", [.int("axis", 0)])
    maker.weight("hw", [6, 4])
    maker.node("MatMul", ["s", "hw"], "y")
    try scratch.writeModel("m.onnx", maker)
    try scratch.writeRandomSamples("d.npz", [6], classes: 4)
    expectRefusal(try compile(), 65, "s node (Softmax)", "across the samples of 'a'")
    expectRefusal(try compile("--batch", "1"), 65, "s node (Softmax)")
    expectRefusal(
      try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx"), 65, "s node (Softmax)")
    let checked = try scratch.espalier("check", "m.onnx")
    #expect(checked.status == 1 && checked.output.contains("s node"))
  }

  @Test func aRegionOfAConvolutionInGroupsIsRefused() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 8, 6, 6])
    maker.output("y", [-1, 4])
    maker.weight("w", [6, 4, 3, 3])
    maker.node("Conv", ["x", "w"], "c", [.int("group", 2)])
    maker.node("GlobalAveragePool", ["c"], "g")
    maker.node("Flatten", ["g"], "f")
    maker.weight("hw", [4, 6])
    maker.node("Gemm", ["f", "hw"], "y", [.int("transB", 1)])
    try scratch.writeModel("m.onnx", maker)
    for entry in [#""input_channels": [1, 3]"#, #""ratio": 0.5"#, #""rows": [0, 2]"#, #""channels": [3, 0]"#] {
      let policy = #"{"policy": 1, "default": "frozen", "layers": [{"match": "w", "train": "region", \#(entry)}]}"#
      try scratch.write("p.json", Array(policy.utf8))
      expectRefusal(try compile("--policy", "p.json"), 65, "the policy's region of w", "groups")
    }
  }

  @Test func aMapIsTrainedWithAnotherLastLayer() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 2, 5])
    maker.output("y", [-1, 4, 2, 5])
    maker.weight("w", [4, 3, 1, 1])
    maker.node("Conv", ["x", "w"], "y")
    try scratch.writeModel("m.onnx", maker)
    var file = NPZ()
    file["x"] = NumPyArray([8, 3, 2, 5], floats: (0..<240).map { Float($0 % 17) / 17 })
    file["y"] = NumPyArray([8, 2, 2, 5], floats: (0..<160).map { Float($0 % 5) / 5 })
    try scratch.write("d.npz", file.encoded(path: "d.npz"))
    try #require(compile("--loss", "mse", "--classes", "2").status == 0)
    for words in [
      ["train", "p.plan", "--data", "d.npz", "--steps", "2", "--checkpoint", "c.ckpt"],
      ["predict", "p.plan", "--data", "d.npz", "-o", "o.npz"], ["inspect", "p.plan"],
      ["gradients", "p.plan", "--data", "d.npz", "-o", "g.npz"],
      ["export", "p.plan", "--checkpoint", "c.ckpt", "-o", "e.onnx"],
    ] {
      let result = try Command.espalier.run(words, in: scratch.path)
      #expect(result.status == 0, "\(words): \(result.errors)")
    }
  }

  /// Samples of another size than the file fixes: the export takes what it was trained with.
  @Test func theExportDeclaresTheShapeOfTheTraining() throws {
    try scratch.writeModel()
    try #require(compile("--input-shape", "1x3x10x12").status == 0)
    try #require(scratch.espalier("export", "p.plan", "-o", "e.onnx").status == 0)
    let graph = try Onnx_ModelProto(serializedBytes: scratch.read("e.onnx")).graph
    #expect(graph.input.map(\.sizes) == [[-1, 3, 10, 12]] && graph.output.map(\.sizes) == [[-1, 5]])
    try #require(compile("--input-shape", "2x3x8x8").status == 0)
    try #require(scratch.espalier("export", "p.plan", "-o", "e.onnx").status == 0)
    #expect(try Onnx_ModelProto(serializedBytes: scratch.read("e.onnx")).graph.input.map(\.sizes) == [[-1, 3, 8, 8]])
  }

  /// The classifier of one result is an operand of another's layer.
  @Test(arguments: ["4", "3"]) func aClassifierThatOthersReadIsNotReplaced(classes: String) throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 6])
    maker.output("out", [-1, 4])
    maker.output("o2", [-1, 4])
    for (name, shape) in [("w", [6, 5]), ("hw", [5, 4]), ("gw", [4, 4])] { maker.weight(name, shape) }
    maker.node("Gemm", ["x", "w"], "a")
    maker.node("Gemm", ["a", "hw"], "out")
    maker.node("Relu", ["out"], "r")
    maker.node("Gemm", ["r", "gw"], "o2")
    try scratch.writeModel("m.onnx", maker)
    expectRefusal(try compile("--output", "out", "--classes", classes), 65, "node o2 computes another result")
    #expect(try compile("--output", "out").status == 0)
    #expect(try compile("--output", "o2", "--classes", classes).status == 0)
  }

  /// ONNX says which share of the running statistics stays.
  @Test(arguments: [(nil, 0.1), (0.7, 0.3)] as [(Float?, Double)])
  func runningStatisticsFollowTheFilesMomentum(momentum: Float?, share: Double) throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3])
    maker.output("y", [-1, 3])
    for (name, value) in [("g", 1), ("b", 0), ("m", 0), ("v", 1)] as [(String, Float)] {
      maker.weight(name, [3], [value, value, value])
    }
    let attributes = momentum.map { [Onnx_AttributeProto.float("momentum", $0)] } ?? []
    maker.node("BatchNormalization", ["x", "g", "b", "m", "v"], "n", attributes)
    maker.weight("hw", [3, 3])
    maker.node("Gemm", ["n", "hw"], "y")
    try scratch.writeModel("m.onnx", maker)
    var file = NPZ()
    let x: [Float] = [1, 2, 3, 3, 6, 1, 4, 0, 2, 0, 4, 6]
    file["x"] = NumPyArray([4, 3], floats: x)
    file["y"] = NumPyArray([4], integers: [0, 1, 2, 0])
    try scratch.write("d.npz", file.encoded(path: "d.npz"))
    let compiled = try compile("--keep-batchnorm", "--policy", "head")
    #expect(compiled.status == 0 && compiled.errors.contains("the running statistics m, v"), "\(compiled.errors)")
    try #require(
      scratch.espalier("train", "p.plan", "--data", "d.npz", "--steps", "1", "--checkpoint", "c.ckpt").status == 0)
    try #require(scratch.espalier("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "e.onnx").status == 0)
    let model = try ONNXModel(bytes: scratch.read("e.onnx"), path: "e.onnx")
    let mean = try #require(try model.initializer("m")).floats()
    for (got, want) in zip(mean, [2, 3, 3].map { $0 * share }) { #expect(abs(Double(got) - want) < 1e-5, "\(mean)") }
    // One value a channel has no variance.
    expectRefusal(
      try compile("--keep-batchnorm", "--batch", "1", "--accumulate", "8"), 65, "node n (BatchNormalization)")
  }

  @Test func whatDoesNothingIsRefused() throws {
    try scratch.writeModel()
    for options in [
      ["--momentum", "0.5"], ["--rounding", "truncate"], ["--gradient-scaling", "plain"],
      ["--calibration", "percentile"],
    ] {
      let result = try Command.espalier.run(
        ["compile", "m.onnx", "-o", "p.plan", "--mode", "f32"] + options, in: scratch.path)
      expectRefusal(result, 64, "\(options[0]) \(options[1]) makes no sense")
    }
    #expect(try compile("--momentum", "0.5", "--optimizer", "momentum").status == 0)
  }

  /// A model without weights is told so, whatever the policy.
  @Test(arguments: ["full", "head", "bias", "last-1"]) func aModelWithoutLayersIsTold(policy: String) throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 4])
    maker.output("y", [-1, 4])
    maker.node("Relu", ["x"], "y")
    try scratch.writeModel("m.onnx", maker)
    let result = try compile("--policy", policy)
    expectRefusal(result, 65, "there is nothing to train")
    #expect(!result.errors.contains("--policy"))
    #expect(try scratch.espalier("check", "m.onnx").errors.contains("nothing to train"))
  }

  @Test func theNodeBehindTheClassifierIsNamed() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 6])
    maker.output("y", [-1, 4])
    maker.weight("hw", [6, 8])
    maker.node("Gemm", ["x", "hw"], "l")
    maker.integers("s", [0, 4, 2])
    maker.node("Reshape", ["l", "s"], "pieces")
    maker.node("ReduceMean", ["pieces"], "y", [.ints("axes", [2]), .int("keepdims", 0)])
    try scratch.writeModel("m.onnx", maker)
    expectRefusal(try compile("--classes", "3"), 65, "node pieces node behind the classifier")
  }

  /// Scales of a depthwise layer over rows, whose weight has one axis fewer than the graph's.
  @Test func scalesOfRowsFindTheirWayBack() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 4, 12])
    maker.output("y", [-1, 4])
    maker.weight("dw", [4, 1, 3])
    maker.weight("db", [4])
    maker.node("Conv", ["x", "dw", "db"], "c", [.int("group", 4)])
    maker.node("Relu", ["c"], "a")
    maker.node("ReduceMean", ["a"], "p", [.ints("axes", [2]), .int("keepdims", 0)])
    maker.weight("hw", [4, 4])
    maker.node("Gemm", ["p", "hw"], "y")
    try scratch.writeModel("m.onnx", maker)
    try scratch.writeRandomSamples("d.npz", [4, 12], classes: 4)
    for mode in ["f32", "i8"] {
      let calibration = mode == "i8" ? ["--calibration-data", "d.npz"] : []
      let compiled = try Command.espalier.run(
        ["compile", "m.onnx", "-o", "p.plan", "--mode", mode, "--cap", "none", "--batch", "8", "--policy", "scale"]
          + calibration, in: scratch.path)
      try #require(compiled.status == 0, "\(compiled.errors)")
      let trained = try scratch.espalier(
        "train", "p.plan", "--data", "d.npz", "--steps", "5", "--checkpoint", "\(mode).ckpt")
      try #require(trained.status == 0, "\(trained.errors)")
      if mode == "f32" {
        let exported = try scratch.espalier("export", "p.plan", "--checkpoint", "f32.ckpt", "-o", "e.onnx")
        #expect(exported.status == 0, "\(exported.errors)")
        let before = maker[initializer: "dw"]
        let model = try ONNXModel(bytes: scratch.read("e.onnx"), path: "e.onnx")
        let old = try maker.model().decode(before).floats()
        let new = try #require(try model.initializer("dw")).floats()
        // One factor for each channel, and not 1 for all.
        let factors = zip(new, old).map { $0 / $1 }
        for channel in 0..<4 {
          #expect(factors[channel * 3..<channel * 3 + 3].allSatisfy { abs($0 - factors[channel * 3]) < 1e-3 })
        }
        #expect(factors.contains { abs($0 - 1) > 1e-5 })
      }
    }
  }
}
