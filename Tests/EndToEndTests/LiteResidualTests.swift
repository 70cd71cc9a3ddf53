import Driver
import Foundation
import ONNX
import Select
import Support
import Testing

@testable import Espalier

/// Branches beside frozen blocks: added to the file, trained, and written with it.
struct LiteResidualTests {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  private func model(_ mode: NumberMode) throws -> Model {
    mode == .f32 ? training.model : quantized
  }

  private func plan(_ mode: NumberMode, _ policy: PolicySource) throws -> Plan {
    var options = CompileOptions.training(mode)
    options.learningRate = 0.05
    return try Plan.compile(model(mode), policy: policy, options: options)
  }

  private func document(_ entry: String) -> PolicySource {
    .document(Array(#"{"policy": 1, "default": "frozen", "layers": [\#(entry)]}"#.utf8), path: "p")
  }

  @Test(arguments: [NumberMode.f32, .i8f, .i16g, .i8, .i8t], ["tinytl", "tinytl-lite"])
  func branchesLearnAndBlocksStay(mode: NumberMode, preset: String) throws {
    let trainer = try Trainer(plan(mode, .preset(preset)))
    let names = Set(trainer.plan.metadata.parameters.map(\.name))
    let branch = ["pw.lite.conv", "pw.lite.conv.bias", "pw.lite.point", "pw.lite.point.bias"]
    #expect(names.isSuperset(of: branch + ["head.weight", "head.bias"]) && !names.contains("pw"))
    #expect(names.contains("pw.bias") == (preset == "tinytl"))
    let before = try trainer.variables()
    let losses = try trainer.losses(on: training.samples, steps: 24)
    #expect(losses.suffix(6).reduce(0, +) < losses.prefix(6).reduce(0, +))
    for name in branch { #expect(try trainer.variables()[name] != before[name], "\(name)") }

    // The file with the branches, compiled anew, predicts the same.
    let bytes = try trainer.exported()
    let scratch = training.scratch
    try scratch.write("t.onnx", bytes)
    var options = CompileOptions()
    (options.mode, options.batch) = (mode, 4)
    let again = try Trainer(
      Plan.compile(Model(path: scratch.file("t.onnx")), policy: .preset("head"), options: options))
    let (ours, others) = (try trainer.predict(training.samples), try again.predict(training.samples))
    for (a, b) in zip(ours.logits, others.logits) { #expect(abs(a - b) <= (mode == .f32 ? 1e-4 : 0)) }
  }

  @Test func theyBeginAsNothing() throws {
    let with = try Trainer(plan(.f32, .preset("tinytl-lite")))
    let without = try Trainer(plan(.f32, .preset("head")))
    #expect(try with.predict(training.samples).logits == without.predict(training.samples).logits)
    let integers = (try Trainer(plan(.i8, .preset("tinytl-lite"))), try Trainer(plan(.i8, .preset("head"))))
    #expect(
      try integers.0.predict(training.samples).logits == integers.1.predict(training.samples).logits)
  }

  @Test func anEntryDecidesTheirSize() throws {
    let entry = #"{"match": "p*", "train": "lite-residual", "kernel": 3, "groups": 4, "bias": true}"#
    let plan = try plan(.f32, document(entry))
    let shapes = Dictionary(uniqueKeysWithValues: plan.metadata.parameters.map { ($0.name, $0.shape) })
    #expect(shapes["pw.lite.conv"] == [4, 1, 3, 3] && shapes["pw.lite.point"] == [6, 4, 1, 1])
    #expect(
      Set(shapes.keys) == ["pw.lite.conv", "pw.lite.conv.bias", "pw.lite.point", "pw.lite.point.bias", "pw.bias"])
  }

  @Test(arguments: [
    (#"{"match": "stem", "train": "lite-residual"}"#, "blocks end in pw"),
    (#"{"match": "pw", "train": "lite-residual", "kernel": 4}"#, "odd"),
    (#"{"match": "pw", "train": "lite-residual", "groups": 3}"#, "3 groups do not divide 4"),
    (#"{"match": "pw", "train": "lite-residual", "groups": 0}"#, "0 groups"),
  ])
  func whatCannotBeIsRefused(entry: String, text: String) throws {
    let error = #expect(throws: PolicyError.self) { try plan(.f32, document(entry)) }
    guard case .badBranch(_, let reason)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(reason.contains(text), "\(reason)")
  }

  @Test func networksWithoutBlocksHaveNone() throws {
    try training.scratch.write("dense.onnx", SmallModels.normalized(4, 3).bytes())
    let model = try Model(path: training.scratch.file("dense.onnx"))
    #expect(throws: PolicyError.lacks(preset: "tinytl", what: "block beside which a branch can stand")) {
      try Plan.compile(model, policy: .preset("tinytl"), options: CompileOptions())
    }
  }

  /// Signals have one axis; 65 moments leave a rest at every ratio.
  @Test(arguments: [[-1, 4, 65], [-1, 4, 1, 65]]) func signalsHaveThemToo(shape: [Int]) throws {
    var maker = ModelMaker()
    let window = shape.dropFirst(2).map { $0 == 1 ? 1 : 3 }
    let pads = window.map { Int64($0 / 2) }
    maker.input("x", shape)
    maker.output("y", [-1, 3])
    maker.weight("dw", [4, 1] + window)
    maker.node(
      "Conv", ["x", "dw"], "a",
      [
        .ints("pads", pads + pads), .int("group", 4), .ints("strides", window.map { $0 == 1 ? 1 : 2 }),
      ])
    maker.node("Relu", ["a"], "b")
    maker.weight("pw", [6, 4] + window.map { _ in 1 })
    maker.node("Conv", ["b", "pw"], "c")
    maker.node("GlobalAveragePool", ["c"], "d")
    maker.node("Flatten", ["d"], "e")
    maker.weight("fc", [3, 6])
    maker.weight("fc_bias", [3])
    maker.node("Gemm", ["e", "fc", "fc_bias"], "y", [.int("transB", 1)])
    let scratch = training.scratch
    try scratch.write("s.onnx", maker.bytes())
    try scratch.writeRandomSamples("s.npz", Array(shape.dropFirst()), classes: 3)
    let samples = try Samples(path: scratch.file("s.npz"))
    var options = CompileOptions()
    (options.batch, options.learningRate) = (4, 0.1)
    let plan = try Plan.compile(
      Model(path: scratch.file("s.onnx")), policy: .preset("tinytl-lite"), options: options)
    let trainer = try Trainer(plan)
    _ = try trainer.losses(on: samples, steps: 8)
    try scratch.write("t.onnx", trainer.exported())
    let again = try Trainer(
      Plan.compile(Model(path: scratch.file("t.onnx")), policy: .preset("head"), options: options))
    for (a, b) in zip(try trainer.predict(samples).logits, try again.predict(samples).logits) {
      #expect(abs(a - b) <= 1e-5)
    }
  }

  @Test func plansInTurnShareThem() throws {
    var options = CompileOptions.training(.i8)
    options.plans = PlanRotation(
      name: "two",
      plans: [.init(name: "lite", policy: .preset("tinytl-lite")), .init(name: "last", policy: .preset("last-2"))],
      rotation: [0, 1])
    let trainer = try Trainer(Plan.compile(model(.i8), options: options))
    _ = try trainer.losses(on: training.samples, steps: 6)
    try trainer.follow("last")
    let names = try trainer.gradients(training.samples).tensors.map(\.name)
    #expect(names.contains("pw") && names.contains("head.weight") && !names.contains { $0.contains(".lite.") })
  }
}
