import Foundation
import Support
import Testing

/// The Python module over the C functions does what the command does, and says what is wrong.
@Suite(.enabled(if: Command.python != nil, "needs Python; Tests/run.sh prepares it"))
struct PythonModuleTests {
  private let scratch: ScratchFolder
  private let python: Command
  private let environment: [String: String]

  init() throws {
    scratch = try CPlans.shared.get().copy()
    python = try #require(Command.python)
    environment = [
      "PYTHONPATH": CLibrary.samples, "PYTHONDONTWRITEBYTECODE": "1",
      "ESPALIER_LIBRARY": try CLibrary.shared.get().shared,
    ]
  }

  private func run(_ words: String...) throws -> CommandResult {
    try python.run(words, in: scratch.path, environment: environment)
  }

  private func example(_ words: String...) throws -> CommandResult {
    try python.run([CLibrary.samples + "/train.py"] + words, in: scratch.path, environment: environment)
  }

  @Test(arguments: CPlans.names) func theExampleEndsWithTheBytesOfTheCommand(plan: String) throws {
    let trained = try example(plan + ".plan", "d.pack", "20", "c.ckpt")
    #expect(trained.status == 0 && trained.errors.isEmpty, "\(trained.errors)")
    let host = try scratch.espalier(
      "train", plan + ".plan", "--data", "d.pack", "--steps", "20", "--checkpoint", "h.ckpt")
    #expect(host.status == 0)
    #expect(try scratch.read("c.ckpt") == scratch.read("h.ckpt"))
    #expect(trained.output.matches(of: /step \d+  loss \d/).count == 20)
  }

  @Test func theExampleSaysWhatIsWrong() throws {
    let missing = try example("none.plan", "d.pack", "1", "c.ckpt")
    #expect(missing.status == 66 && missing.errors.contains("none.plan is not there; next: "))
    let usage = try example("f32.plan", "d.pack", "many", "c.ckpt")
    #expect(usage.status == 1 && usage.errors.contains("train.py PLAN DATA STEPS CHECKPOINT"))
    let library = try python.run(
      [CLibrary.samples + "/train.py", "f32.plan", "d.pack", "1", "c.ckpt"], in: scratch.path,
      environment: environment.merging(["ESPALIER_LIBRARY": "none.so"]) { $1 })
    #expect(library.status == 66 && library.errors.contains("none.so") && library.errors.contains("; next: "))
  }

  @Test(arguments: CPlans.names) func arraysAndFilesComeToTheSame(plan: String) throws {
    for words in [
      ["train", plan + ".plan", "--data", "d.pack", "--steps", "12", "--checkpoint", "h.ckpt"],
      ["predict", plan + ".plan", "--data", "d.pack", "--checkpoint", "h.ckpt", "-o", "p.npz"],
    ] { #expect(try Command.espalier.run(words, in: scratch.path).status == 0) }
    let script = URL(filePath: #filePath).appending(path: "../../../Oracle/python_module.py").standardized.path
    let result = try run(script, scratch.path, plan + ".plan")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let expected = [
      "type": 64, "shape": 64, "order": 64, "list": 64, "batch": 64, "label type": 64, "class": 65, "no labels": 64,
      "out": 64, "out of bytes": 64, "out of a file": 64, "arena of bytes": 64, "format": 64, "small arena": 2,
      "no plan": 66, "bad plan": 65, "bad bytes": 65, "bad checkpoint": 65,
      "no checkpoint": 66, "no folder": 73, "no data": 66, "closed": 64, "closed data": 64, "other seed": 64,
      "other plan": 64, "over the plan": 73, "over the data": 73, "name cut": 64, "plan cut": 64, "large seed": 64,
      "negative seed": 64, "no number": 65, "infinite": 65,
    ]
    let refusals = result.json.compactMapValues { $0 as? [Any] }
    #expect(refusals.mapValues { $0.first as? Int } == expected)
    for (name, refusal) in refusals {
      let text = refusal.last as? String ?? ""
      #expect(text.contains("; next: "), "\(name): \(text)")
    }
  }

  /// The types that the module promises are there.
  @Test func theModuleIsTyped() throws {
    let result = try run(
      "-m", "mypy", "--strict", CLibrary.samples + "/espalier.py", CLibrary.samples + "/libespalier.py",
      CLibrary.samples + "/train.py", "--cache-dir", scratch.file("mypy"))
    #expect(result.status == 0, "\(result.output)")
  }
}
