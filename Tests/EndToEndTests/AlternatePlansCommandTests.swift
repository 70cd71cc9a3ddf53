import CEspalier
import Driver
import Espalier
import EspalierSession
import Foundation
import Support
import Testing

/// Several plans in one image, from the command, on a runner and through C.
struct AlternatePlansCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
    try write(
      "s.json",
      #"""
      { "schedule": 1,
        "plans": [
          { "name": "stream", "policy": "head" }, { "name": "repair", "policy": "part.json" },
          { "name": "biases", "policy": { "policy": 1, "default": "bias", "layers": [] } } ],
        "turns": [ { "plan": "stream", "updates": 2 }, { "plan": "repair" } ] }
      """#)
    try write(
      "part.json", #"{ "policy": 1, "default": "frozen", "layers": [{ "match": "pw", "train": "full" }] }"#)
  }

  private func write(_ name: String, _ text: String) throws { try scratch.write(name, Array(text.utf8)) }

  private func run(_ words: String...) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private func compile(_ words: String...) throws {
    let result = try Command.espalier.run(
      ["compile", "m.onnx", "-o", "p.plan", "--mode", "f32", "--classes", "3", "--batch", "4", "--plans", "s.json"]
        + words, in: scratch.path)
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test func aFileNamesPlansAndTurns() throws {
    try compile()
    let report = try Plan(path: scratch.file("p.plan")).report
    #expect(
      report.plans.map(\.name) == ["stream", "repair", "biases"] && report.plans.map(\.updatesPerRotation) == [2, 1, 0])
    #expect(report.policy == "s.json" && report.plans.map(\.policy) == ["head", "part.json", "biases"])
    let inspected = try run("inspect", "p.plan", "--plan", "stream")
    #expect(inspected.status == 0 && inspected.output.contains("policy head"))
    #expect(try run("inspect", "p.plan").output.contains("repair  part.json"))
    for name in ["stream", "repair", "biases"] {
      #expect(try run("inspect", "p.plan", "--plan", name, "--html", "p.html").status == 0)
      let result = try run("gradients", "p.plan", "--plan", name, "--data", "d.npz", "-o", "g.npz", "--json")
      let tensors = try #require(result.json["tensors"] as? [String])
      #expect(tensors.contains("pw") == (name == "repair") && tensors.contains("dw_bias") == (name == "biases"))
    }
    // What is printed can be read again, and is the same.
    let written = try run(
      "compile", "m.onnx", "--mode", "f32", "--classes", "3", "--plans", "s.json", "--stop-after", "select")
    try write("t.json", written.output)
    #expect(
      try run("compile", "m.onnx", "--mode", "f32", "--classes", "3", "--plans", "t.json", "--stop-after", "select")
        .output == written.output)
    for stage in ["differentiate", "passes"] {
      let text = try run("compile", "m.onnx", "--mode", "f32", "--plans", "s.json", "--stop-after", stage).output
      #expect(text.contains("plan stream:\n") && text.contains("plan biases:\n"))
    }
  }

  @Test func drawnTurnsFollowFromTheirSeed() throws {
    func turns(_ sample: String) throws -> [Int] {
      let json =
        #"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}, {"name": "b", "policy": "bias"}], "sample": \#(sample)}"#
      return try PlanRotation(json: Array(json.utf8), name: "s") { .preset($0) }.rotation
    }
    let drawn = try turns(#"{"turns": 40, "updates": 5, "seed": 3}"#)
    #expect(drawn.count == 200 && Set(drawn) == [0, 1])
    for turn in 0..<40 { #expect(Set(drawn[(5 * turn)..<(5 * turn + 5)]).count == 1) }
    #expect(try turns(#"{"turns": 40, "updates": 5, "seed": 3}"#) == drawn)
    #expect(try turns(#"{"turns": 40, "updates": 5, "seed": 4}"#) != drawn)
  }

  @Test(arguments: [
    (#"{"schedule": 2, "plans": []}"#, 65, "not a version"), (#"{"schedule": 1}"#, 65, "\"plans\" is missing"),
    (#"{"schedule": 1, "plans": []}"#, 65, "1 to 64"),
    (#"{"schedule": 1, "plans": [{"name": "a", "policy": "head", "lr": 1}]}"#, 65, "no key \"lr\""),
    (#"{"schedule": 1, "plans": [{"name": "a b", "policy": "head"}]}"#, 65, "letters"),
    (#"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}, {"name": "a", "policy": "bias"}]}"#, 65, "two plans"),
    (#"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}], "turns": [{"plan": "b"}]}"#, 65, "turn of b"),
    (
      #"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}], "turns": [{"plan": "a", "updates": 0}]}"#, 65,
      "updates"
    ),
    (#"{"schedule": 1, "plans": [{"name": "a", "policy": "heads"}]}"#, 64, "no policy heads"),
    (#"{"schedule": 1, "plans": [{"name": "a", "policy": "none.json"}]}"#, 66, "none.json"),
    (
      #"{"schedule": 1, "plans": [{"name": "a", "policy": {"policy": 1, "default": "full", "layers": [], "x": 1}}]}"#,
      65,
      "no key \"x\""
    ),
  ])
  func faultsOfAScheduleAreNamed(json: String, status: Int32, text: String) throws {
    try write("s.json", json)
    let result = try run("compile", "m.onnx", "-o", "p.plan", "--mode", "f32", "--plans", "s.json")
    #expect(
      result.status == status && result.errors.contains(text) && result.errors.contains("next: "), "\(result.errors)")
    #expect(try !scratch.names.contains("p.plan"))
  }

  @Test func contradictionsAreRefused() throws {
    expectRefusal(try run("compile", "m.onnx", "--plans", "cycle-2", "--policy", "head"), 64, "contradict")
    expectRefusal(try run("compile", "m.onnx", "--plans", "cycle"), 64, "cycle-<k>")
    expectRefusal(try run("frontier", "m.onnx", "--mode", "f32", "--plans", "cycle-2"), 64, "--plans")
    expectRefusal(
      try run("search", "m.onnx", "--data", "d.npz", "--mode", "f32", "--plans", "cycle-2", "--score", "snr"), 64,
      "--plans")
    expectRefusal(
      try run("compile", "m.onnx", "--mode", "f32", "--plans", "cycle-2", "--samples", "in-place"), 64, "--samples")
    expectRefusal(try run("compile", "m.onnx", "--mode", "f32", "--plans", "cycle-9"), 64, "no 9 weighted layers")
    try compile()
    expectRefusal(try run("train", "p.plan", "--data", "d.npz", "--plan", "repairs"), 64, "stream, repair, biases")
    expectRefusal(try run("inspect", "p.plan", "--plan", "x"), 64, "no plan x")
  }

  @Test func aRunnerTakesTheSameTurns() throws {
    try compile("--optimizer", "momentum", "--steps", "20")
    try #require(try run("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    let built = try run("build", "p.plan", "--target", "host", "-o", "b", "--data", "d.pack")
    try #require(built.status == 0, "\(built.errors)")
    let runner = BoardRunner(scratch.file("b/runner"), of: .host)
    func board(_ words: String...) throws -> CommandResult { try runner.run(words, in: scratch.path) }
    #expect(try board("selftest", "b/model.plan").status == 0)
    let info = try board("info", "p.plan", "--json")
    #expect(info.json["plans"] as? [String] == ["stream", "repair", "biases"])
    #expect(try board("info", "p.plan").output.contains("plan repair\n"))
    for words in [["--steps", "8"], ["--steps", "5", "--plan", "biases"]] {
      let command = ["train", "p.plan", "--data", "d.pack", "-q", "--overwrite"] + words
      #expect(try runner.run(command + ["--checkpoint", "r.ckpt"], in: scratch.path).status == 0)
      #expect(try Command.espalier.run(command + ["--checkpoint", "h.ckpt"], in: scratch.path).status == 0)
      #expect(try scratch.read("r.ckpt") == scratch.read("h.ckpt"), "\(words)")
    }
    expectRefusal(
      try board("train", "p.plan", "--data", "d.pack", "--checkpoint", "x.ckpt", "--plan", "biase"), 64, "no plan")
  }

  @Test func programsInCChooseByName() throws {
    try compile()
    let session = try CSession(scratch.file("p.plan"))
    try session.check(espalier_follow(session.session, "biases"))
    try session.check(espalier_follow(session.session, nil))
    #expect(espalier_follow(session.session, "biasess") == ESPALIER_USAGE)
    #expect(String(cString: espalier_error_text(session.session)).contains("no plan of this name"))
  }
}
