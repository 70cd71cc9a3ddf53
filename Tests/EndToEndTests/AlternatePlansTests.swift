import Driver
import ONNX
import Report
import Select
import Support
import Testing

@testable import Espalier

/// Several plans in one image: each does what it does alone, over variables that all share.
struct AlternatePlansTests {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  private static let policies = ["head", "bias", "last-2"]

  private func options(
    _ mode: NumberMode, of policies: [String] = policies, rotation: [Int] = []
  ) -> CompileOptions {
    var options = CompileOptions.training(mode)
    options.plans = PlanRotation(
      name: "several", plans: policies.map { .init(name: "the-" + $0, policy: .preset($0)) }, rotation: rotation)
    return options
  }

  private func plan(_ options: CompileOptions, policy: PolicySource = .full, cap: MemoryCap = .none) throws -> Plan {
    try Plan.compile(options.mode == .f32 ? training.model : quantized, cap: cap, policy: policy, options: options)
  }

  private func values(_ trainer: Trainer) throws -> [String: ExportTensor.Storage] {
    try trainer.variables().filter { !$0.key.hasPrefix("state:") }
  }

  /// Variables of other plans change the keys of stochastic rounding, so that scales are compared in floats.
  @Test(arguments: [
    (NumberMode.f32, policies), (.i8f, policies), (.i8, policies), (.f32, ["scale", "bias"]),
  ])
  func eachPlanTrainsAsItDoesAlone(mode: NumberMode, policies: [String]) throws {
    var options = options(mode, of: policies)
    options.optimizer = .momentum
    let image = try plan(options)
    #expect(image.names == policies.map { "the-" + $0 })
    options.plans = nil
    let start = try values(Trainer(image))
    for policy in policies {
      let alone = try Trainer(plan(options, policy: .preset(policy)))
      let one = try Trainer(image)
      try one.follow("the-" + policy)
      #expect(try one.losses(on: training.samples, steps: 6) == alone.losses(on: training.samples, steps: 6))
      let (trained, all) = (try values(alone), try values(one))
      #expect(!trained.isEmpty && trained.count < all.count)
      for (name, value) in all { #expect(value == trained[name] ?? start[name], "\(policy) \(name)") }
      let gradients = try (one.gradients(training.samples), alone.gradients(training.samples))
      #expect(gradients.0.logits == gradients.1.logits)
      #expect(gradients.0.tensors.map(\.name) == gradients.1.tensors.map(\.name))
      #expect(gradients.0.tensors.map(\.values) == gradients.1.tensors.map(\.values))
      #expect(try one.evaluate(training.samples) == alone.evaluate(training.samples))
    }
  }

  @Test(arguments: [NumberMode.f32, .i8])
  func turnsAreTakenInOrderAndAgain(mode: NumberMode) throws {
    var options = options(mode, rotation: [2, 0, 0, 1])
    options.accumulate = 2
    let rotating = try Trainer(plan(options))
    let chosen = try Trainer(plan(options))
    let losses = try rotating.losses(on: training.samples, steps: 10)
    var others: [Float] = []
    for step in 0..<10 {
      try chosen.follow(rotating.plan.names[[2, 0, 0, 1][step % 4]])
      others += try chosen.losses(on: training.samples, steps: step + 1)
    }
    #expect(losses == others)
    #expect(try rotating.bytes(in: training.scratch) == chosen.bytes(in: training.scratch))
    // A checkpoint in the middle of a round goes on with the turn that comes next.
    try rotating.writeCheckpoint(to: training.scratch.file("c.ckpt"))
    let other = try Trainer(rotating.plan)
    try other.restoreCheckpoint(from: training.scratch.file("c.ckpt"))
    #expect(try other.losses(on: training.samples, steps: 15) == rotating.losses(on: training.samples, steps: 15))
    #expect(try other.bytes(in: training.scratch) == rotating.bytes(in: training.scratch))
  }

  @Test func theArenaIsThatOfTheLargest() throws {
    let report = try plan(options(.f32, rotation: [0, 1])).report
    #expect(report.plans.map(\.policy) == Self.policies && report.plans.map(\.updatesPerRotation) == [1, 1, 0])
    #expect(report.plans.map(\.arenaBytes).max() == report.arenaBytes)
    var single = options(.f32)
    single.plans = nil
    for (summary, policy) in zip(report.plans, Self.policies) {
      let alone = try plan(single, policy: .preset(policy)).report
      #expect(summary.macs == alone.macsForward + alone.macsBackward + alone.macsUpdate)
      #expect(summary.trainedParameters == alone.trainedParameters && summary.steps == alone.steps)
      #expect(summary.arenaBytes >= alone.arenaBytes)
    }
    #expect(report.trainedTensors.map(\.name) == ["stem.bias", "dw_bias", "pw", "pw.bias", "head.weight", "head.bias"])
  }

  /// The cap changes how plans compute, never what.
  @Test func underACapTheStepsStayTheSame() throws {
    var options = options(.i8, rotation: [0, 1, 2])
    let whole = try Trainer(plan(options))
    options.codec = .none
    options.paging = .none
    var cap = whole.plan.report.arenaBytes
    do {
      while true { cap = try plan(options, cap: .bytes(cap * 98 / 100)).report.arenaBytes }
    } catch let error as OverCap {
      #expect(error.plan != nil && error.needed <= cap && error.cap < cap, "\(error)")
    }
    let small = try Trainer(plan(options, cap: .bytes(cap)))
    #expect(cap < whole.plan.report.arenaBytes && small.plan.report.arenaBytes == cap)
    #expect(try small.losses(on: training.samples, steps: 9) == whole.losses(on: training.samples, steps: 9))
    #expect(try values(small) == values(whole))
    #expect(small.arenaHighWaterBytes == cap)
  }

  @Test func presetsCoverEveryLayer() throws {
    for (preset, count) in [("cycle-3", 3), ("halves-4", 4)] {
      var options = CompileOptions.training(.f32)
      options.plans = try PlanRotation(preset: preset)
      let report = try plan(options).report
      #expect(
        report.plans.count == count && report.plans.allSatisfy { $0.updatesPerRotation == 1 } && report.policy == preset
      )
    }
    var cycle = CompileOptions.training(.f32)
    cycle.plans = try PlanRotation(preset: "cycle-2")
    let full = try plan(.training(.f32)).report
    #expect(try plan(cycle).report.trainedTensors.map(\.name).sorted() == full.trainedTensors.map(\.name).sorted())
    for name in ["cycle-1", "cycle-65", "cycle-x", "halves-", "stream"] {
      #expect(throws: ScheduleFileError.unknownPreset(name)) { try PlanRotation(preset: name) }
    }
  }

  @Test func channelsStandInOneOrderForAll() throws {
    func region(_ channels: String) -> PolicySource {
      let entry = #"{"match": "pw*", "train": "region", \#(channels), "bias": false}"#
      return .document(Array(#"{"policy": 1, "default": "frozen", "layers": [\#(entry)]}"#.utf8), path: "p")
    }
    var options = CompileOptions.training(.f32)
    options.plans = PlanRotation(
      name: "two",
      plans: [
        .init(name: "part", policy: region(#""channels": [3, 0]"#)), .init(name: "head", policy: .preset("head")),
      ], rotation: [])
    let together = try Trainer(plan(options))
    var single = CompileOptions.training(.f32)
    single.plans = nil
    let alone = try Trainer(plan(single, policy: region(#""channels": [3, 0]"#)))
    #expect(
      try together.gradients(training.samples).tensors.map(\.values)
        == alone.gradients(training.samples).tensors.map(\.values))
    options.plans?.plans[1].policy = region(#""channels": [1]"#)
    let error = #expect(throws: PolicyError.self) { try plan(options) }
    guard case .badRegion(tensor: "pw", let reason)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(reason.contains("plans part and head"))
  }

  @Test func onlyWhatIsThereCanBeFollowed() throws {
    let trainer = try Trainer(plan(options(.f32)))
    #expect(throws: EspalierError.self) { try trainer.follow("the-hea") }
    #expect(throws: EspalierError.self) { try trainer.follow("the-head2") }
    #expect(throws: EspalierError.self) { try trainer.follow("") }
    try trainer.follow("the-bias")
    try trainer.follow(nil)
  }
}
