import Foundation
import Support
import Testing

/// A short training in integers on this computer's runner, and the checkpoint it ends with when nothing happens.
struct FaultyTraining: Sendable {
  static let modes = ["i8", "i8t"]
  static let steps = 40
  static let shared: [String: Result<FaultyTraining, any Error>] = Dictionary(
    uniqueKeysWithValues: modes.map { mode in (mode, Result { try FaultyTraining(mode) }) })

  static func of(_ mode: String) throws -> FaultyTraining { try #require(shared[mode]).get() }

  /// Checkpoint after all steps.
  private(set) var expected: [UInt8] = []
  private let made: Folder

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  private init(_ mode: String) throws {
    let scratch = try ScratchFolder()
    try scratch.write("m.onnx", SmallModels.sensor().bytes())
    try scratch.writeRandomSamples("d.npz", [6, 1, 64], classes: 7)
    try #require(scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    let compiled = try scratch.espalier(
      "compile", "m.onnx", "-o", "p.plan", "--classes", "7", "--calibration-data", "d.pack", "--policy", "last-2",
      "--mode", mode, "--batch", "2", "--accumulate", "2", "--optimizer", "momentum", "--input-shape", "1x6x1x64")
    try #require(compiled.status == 0, "\(compiled.errors)")
    let built = try scratch.espalier("build", "p.plan", "--target", "host", "-o", "b", "--data", "d.pack")
    try #require(built.status == 0, "\(built.errors)")
    made = Folder(scratch: scratch)
    let whole = try run(in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    expected = try scratch.read("c.ckpt")
  }

  /// Trains in a folder, from what checkpoint is there, and saves after each update.
  func run(
    in folder: String, environment: [String: String] = [:], started: (Process) throws -> Void = { _ in }
  ) throws -> CommandResult {
    let bundle = made.scratch.file("b")
    return try Command(path: bundle + "/runner").run(
      [
        "train", bundle + "/model.plan", "--data", bundle + "/data.pack", "--checkpoint", "c.ckpt", "--resume",
        "--steps", "\(FaultyTraining.steps)", "--every", "1", "--seed", "4", "-q",
      ], in: folder, environment: environment, started: started)
  }
}
