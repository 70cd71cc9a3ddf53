import Foundation
import Samples
import Support
import Testing

@testable import ONNX

/// Training in integers from the command line.
struct IntegerTrainingTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
    #expect(try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx").status == 0)
  }

  @discardableResult
  private func compile(_ options: String..., plan: String = "p.plan") throws -> [String: Any] {
    let fixed = [
      "compile", "q.onnx", "-o", plan, "--classes", "3", "--batch", "4", "--lr", "0.05", "--steps", "60", "--json",
    ]
    let result = try Command.espalier.run(fixed + options, in: scratch.path)
    try #require(result.status == 0, "\(options)\n\(result.errors)")
    return result.json
  }

  private func train(_ options: String..., checkpoint: String = "c.ckpt", plan: String = "p.plan") throws -> [String:
    Any]
  {
    let fixed = ["train", plan, "--data", "d.npz", "--checkpoint", checkpoint, "--json"]
    let result = try Command.espalier.run(fixed + options, in: scratch.path)
    try #require(result.status == 0, "\(options)\n\(result.errors)")
    return result.json
  }

  @Test func eightBitsAreTheDefault() throws {
    #expect(try compile()["mode"] as? String == "i8")
    expectRefusal(
      try scratch.espalier("compile", "m.onnx", "--classes", "3"), 64, "m.onnx is a model in float",
      "--calibration-data DATA", "--mode f32")
  }

  @Test(arguments: ["f32", "i8f", "i16g", "i8", "i8t"])
  func everyModeLearns(mode: String) throws {
    let report = try compile("--mode", mode)
    #expect(report["mode"] as? String == mode)
    let losses = try #require(train("--epochs", "5")["losses"] as? [Double])
    let (first, last) = (losses.prefix(4).reduce(0, +), losses.suffix(4).reduce(0, +))
    #expect(last < 0.8 * first)
  }

  @Test(arguments: [
    ["--optimizer", "sgd"], ["--optimizer", "momentum"], ["--optimizer", "lion", "--lr", "0.002"],
    ["--optimizer", "adam", "--lr", "0.005"], ["--clip-gradients", "1", "--accumulate", "2"],
    ["--mode", "i8t", "--weight-decay", "0.001", "--spike-guard", "3"],
  ])
  func stoppedTrainingGoesOnBitForBit(options: [String]) throws {
    let fixed = [
      "compile", "q.onnx", "-o", "p.plan", "--classes", "3", "--batch", "4", "--lr", "0.02", "--steps", "60",
    ]
    try #require(try Command.espalier.run(fixed + options, in: scratch.path).status == 0)
    _ = try train("--steps", "20", "--seed", "4", checkpoint: "whole.ckpt")
    _ = try train("--steps", "7", "--seed", "4", checkpoint: "parts.ckpt")
    _ = try train("--steps", "20", "--resume", checkpoint: "parts.ckpt")
    #expect(try scratch.read("whole.ckpt") == scratch.read("parts.ckpt"))
  }

  /// A gradient that is added to a sum where it is computed is told as any other.
  @Test(arguments: ["i8f", "i16g", "i8"])
  func gradientsDoNotDependOnTheWindow(mode: String) throws {
    func gradients(_ window: String) throws -> [UInt8] {
      let report = try compile("--mode", mode, "--policy", "full", "--accumulate", window)
      #expect((report["opcodes"] as? [String])?.contains("grad_weight_sum") == (window != "1"))
      #expect(try scratch.espalier("gradients", "p.plan", "--data", "d.npz", "-o", "g.npz").status == 0)
      return try scratch.read("g.npz")
    }
    let alone = try gradients("1")
    #expect(try gradients("3") == alone)
  }

  /// 8-bit weights and their low bytes: two bytes a trained weight; without low bytes one.
  @Test func stateIsAByteAWeight() throws {
    func state(_ mode: String) throws -> Int {
      try #require((compile("--mode", mode, "--policy", "full")["bytes_by_class"] as? [String: Int])?["state"])
    }
    let report = try compile("--mode", "i8", "--policy", "full")
    let trained = try #require(report["trained_parameters"] as? Int)
    let (low, none) = (try state("i8"), try state("i8t"))
    // Each tensor starts at a multiple of 16 bytes, and what the classifier in float keeps is a float.
    #expect(low > none && low - none <= trained + 16 * 8)
  }

  @Test func anExportedModelIsInIntegersAgain() throws {
    try compile()
    _ = try train("--steps", "12")
    #expect(
      try scratch.espalier("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "t.onnx").status == 0)
    let (before, after) = (try ONNXModel(path: scratch.file("q.onnx")), try ONNXModel(path: scratch.file("t.onnx")))
    #expect(after.isQuantized)
    var moved = 0
    for tensor in before.proto.graph.initializer where tensor.dataType == 3 && !tensor.dims.isEmpty {
      let (old, new) = (try before.initializer(tensor.name), try after.initializer(tensor.name))
      #expect(old?.type == new?.type)
      if old?.bytes() != new?.bytes() { moved += 1 }
    }
    #expect(moved >= 3)
    try expectSamePredictions()
  }

  /// The exported `t.onnx` is as good a start as the first model was, with the predictions of the checkpoint.
  private func expectSamePredictions() throws {
    let again = try scratch.espalier("compile", "t.onnx", "-o", "t.plan", "--batch", "4")
    #expect(again.status == 0, "\(again.errors)")
    for (plan, checkpoint, output) in [("p.plan", ["--checkpoint", "c.ckpt"], "a.npz"), ("t.plan", [], "b.npz")] {
      let result = try Command.espalier.run(
        ["predict", plan, "--data", "d.npz", "-o", output] + checkpoint, in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try scratch.read("a.npz") == scratch.read("b.npz"))
  }

  /// Some quantizers leave biases in float: what is trained goes back into these.
  @Test(arguments: ["bias", "scale"]) func biasesInFloatStayInFloat(policy: String) throws {
    var proto = try Onnx_ModelProto(serializedBytes: scratch.read("q.onnx"))
    try proto.keepBiasesInFloat()
    try scratch.write("q.onnx", proto.serializedBytes())
    try compile("--policy", policy)
    _ = try train("--steps", "12")
    #expect(try scratch.espalier("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "t.onnx").status == 0)
    let trained = try ONNXModel(path: scratch.file("t.onnx"))
    for name in ["stem.real", "dw.real", "pw.real"] {
      let (old, new) = (proto.graph.initializer.first { $0.name == name }, try trained.initializer(name))
      #expect(new?.type.dtype == .f32 && new?.bytes() != old.map { [UInt8]($0.rawData) })
    }
    try expectSamePredictions()
  }

  @Test func aFloatExportHasNoIntegers() throws {
    try compile()
    _ = try train("--steps", "12")
    for (name, plan) in [("f.onnx", ["--float"]), ("t.onnx", [])] {
      let result = try Command.espalier.run(
        ["export", "p.plan", "--checkpoint", "c.ckpt", "-o", name] + plan, in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try !ONNXModel(path: scratch.file("f.onnx")).isQuantized)
    #expect(try scratch.espalier("compile", "f.onnx", "--mode", "f32", "-o", "f.plan").status == 0)
  }

  @Test func formatsComeFromAFile() throws {
    try scratch.write("f.json", Array(#"{"formats": 1, "layers": [{"match": "stem*", "gradients": "i16"}]}"#.utf8))
    let mixed = try compile("--formats", "f.json")
    let plain = try compile()
    #expect(mixed["digest"] as? String != plain["digest"] as? String)
    _ = try train("--steps", "3")
    for text in [
      #"{"formats": 2, "layers": []}"#, "[]", #"{"formats": 1, "layers": [{"match": "nothing", "gradients": "i8"}]}"#,
    ] {
      try scratch.write("f.json", Array(text.utf8))
      expectRefusal(
        try scratch.espalier("compile", "q.onnx", "-o", "x.plan", "--formats", "f.json"), 65, "gradient formats")
    }
  }

  @Test func formatsAreChosenOnSamples() throws {
    let result = try scratch.espalier(
      "compile", "q.onnx", "-o", "p.plan", "--mode", "auto", "--classes", "3", "--batch", "4", "--calibration-data",
      "d.npz", "--verbose")
    #expect(result.status == 0 && result.errors.contains("layers take 16 bits"), "\(result.errors)")
    #expect(result.errors.contains("d_c 0.0"))
    expectRefusal(try scratch.espalier("compile", "q.onnx", "--mode", "auto"), 64, "--calibration-data")
  }

  @Test func spikesTeachNothing() throws {
    try compile("--spike-guard", "1.5")
    var file = try scratch.arrays("d.npz")
    let labels = try file.array("y", path: "d.npz").numbers(0..<48).map { Int64($0) }
    // Wrong labels in the last batches of the second half.
    file["y"] = NumPyArray(
      [48], integers: labels.enumerated().map { $0.offset >= 40 ? ($0.element + 1) % 3 : $0.element })
    try scratch.write("d.npz", file.encoded(path: "d.npz"))
    let report = try train("--epochs", "12")
    #expect(try #require(report["skipped_steps"] as? Int) > 0)
    #expect(report["saturated_gradients"] is Int && report["saturated_weights"] is Int)
  }
}

extension Onnx_ModelProto {
  /// Puts floats in place of the integers of biases, `<weight>.real`.
  fileprivate mutating func keepBiasesInFloat() throws {
    for index in graph.node.indices where graph.node[index].opType == "Conv" && graph.node[index].input.count > 2 {
      let operands = graph.node[index].input
      guard let producer = graph.node.first(where: { $0.output == [operands[2]] }),
        let weight = graph.node.first(where: { $0.output == [operands[1]] })?.input.first
      else { continue }
      let integers = graph.initializer.first { $0.name == producer.input[0] }?.rawData ?? Data()
      let scales = graph.initializer.first { $0.name == producer.input[1] }?.rawData ?? Data()
      let values = integers.withUnsafeBytes { integers in
        scales.withUnsafeBytes { scales in
          (0..<integers.count / 4).map {
            Float(integers.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
              * scales.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
          }
        }
      }
      graph.initializer.append(.floats(weight + ".real", [values.count], values))
      graph.node[index].input[2] = weight + ".real"
    }
  }
}
