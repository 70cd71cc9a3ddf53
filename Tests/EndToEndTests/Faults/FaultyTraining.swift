import Foundation
import Support
import Testing

/// A short training in integers on this computer's runner, and the checkpoint it ends with when nothing happens.
struct FaultyTraining: Sendable {
  /// Options of compilation by what is at stake: formats, each kind of optimizer state, what waits in the page file
  /// (values of the forward pass; momentums and sums of gradients; both moments of Adam), and plans that take turns.
  private static let options: [String: [String]] = [
    "i8": ["--mode", "i8", "--policy", "last-2", "--optimizer", "momentum", "--accumulate", "2"],
    "i8t": ["--mode", "i8t", "--policy", "last-2", "--optimizer", "momentum", "--accumulate", "2"],
    "adam": ["--mode", "i8", "--policy", "last-2", "--optimizer", "adam"],
    "pages": ["--mode", "i8", "--policy", "full", "--optimizer", "momentum", "--batch", "8"],
    "paged sums": ["--mode", "f32", "--optimizer", "momentum", "--accumulate", "2"] + onlyPages,
    "paged adam": ["--mode", "i8", "--optimizer", "adam", "--accumulate", "2"] + onlyPages,
    "paged integers": ["--mode", "i8", "--optimizer", "momentum", "--accumulate", "2"] + onlyPages,
    "plans": ["--mode", "i8", "--plans", "cycle-2", "--optimizer", "momentum", "--accumulate", "2"],
  ]
  private static let onlyPages = ["--recompute", "none", "--codec", "none", "--patch", "none"]
  static let modes = options.keys.sorted()
  static let pagedModes = modes.filter { $0.hasPrefix("page") }
  static let steps = 40
  /// Enough for each kind of state to have been used.
  static let fewSteps = 6
  static let shared: [String: Result<FaultyTraining, any Error>] = Dictionary(
    uniqueKeysWithValues: modes.map { mode in (mode, Result { try FaultyTraining(mode) }) })

  static func of(_ mode: String) throws -> FaultyTraining { try #require(shared[mode]).get() }

  /// Checkpoint after all steps.
  private(set) var expected: [UInt8] = []
  /// Checkpoint after a few of them.
  private(set) var early: [UInt8] = []
  private let made: Folder

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  private init(_ mode: String) throws {
    let scratch = try ScratchFolder()
    let hasPagedState = mode.hasPrefix("paged ")
    try scratch.write("m.onnx", (hasPagedState ? SmallModels.heavy() : SmallModels.sensor()).bytes())
    try scratch.writeRandomSamples("d.npz", hasPagedState ? [3, 6, 6] : [6, 1, 64], classes: 3)
    try #require(scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    let options = FaultyTraining.options[mode] ?? []
    let words =
      [
        "compile", "m.onnx", "-o", "p.plan", "--classes", "3", "--batch", "2", "--json",
      ] + options + (options.contains("f32") ? [] : ["--calibration-data", "d.pack"])
    // Pages are what a cap asks for that leaves no room: the smallest that the plan can be made for.
    let isPaged = FaultyTraining.pagedModes.contains(mode)
    let refused = isPaged ? try Command.espalier.run(words + ["--cap", "1000"], in: scratch.path) : nil
    let cap = try refused.map { try FaultyTraining.needed($0) } ?? "none"
    let compiled = try Command.espalier.run(words + ["--cap", cap], in: scratch.path)
    try #require(compiled.status == 0, "\(compiled.errors)")
    let paging = compiled.json["paging"] as? [String: Any]
    try #require((paging != nil) == isPaged)
    if hasPagedState { try #require(paging?["state_bytes"] as? Int ?? 0 > 0, "\(compiled.output)") }
    let built = try scratch.espalier("build", "p.plan", "--target", "host", "-o", "b", "--data", "d.pack")
    try #require(built.status == 0, "\(built.errors)")
    made = Folder(scratch: scratch)
    let whole = try run(in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    expected = try scratch.read("c.ckpt")
    let fresh = try ScratchFolder()
    try #require(run(in: fresh.path, steps: FaultyTraining.fewSteps).status == 0)
    early = try fresh.read("c.ckpt")
  }

  /// The smallest cap that a plan can be made for, as its refusal names it.
  private static func needed(_ refused: CommandResult) throws -> String {
    let bytes = try #require(refused.errors.firstMatch(of: /needs ([0-9,]+) bytes/)?.1)
    return String(bytes.filter { $0 != "," })
  }

  /// Trains in a folder, from what checkpoint is there, and saves after each update.
  func run(
    in folder: String, steps: Int = FaultyTraining.steps, environment: [String: String] = [:],
    started: (Process) throws -> Void = { _ in }
  ) throws -> CommandResult {
    let bundle = made.scratch.file("b")
    return try Command(path: bundle + "/runner").run(
      [
        "train", bundle + "/model.plan", "--data", bundle + "/data.pack", "--checkpoint", "c.ckpt", "--resume",
        "--steps", "\(steps)", "--every", "1", "--seed", "4", "-q",
      ], in: folder, environment: environment, started: started)
  }
}
