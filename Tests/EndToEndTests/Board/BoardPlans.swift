import Foundation
import Support

@testable import ONNX

/// Plans of three networks in every integer mode, and the checkpoints that this computer comes to.
struct BoardPlans: Sendable {
  struct Case: Sendable, CustomStringConvertible {
    let net: String
    let mode: String
    let steps: Int
    var plan: String { "\(net)-\(mode).plan" }
    var data: String { "\(net).npz.pack" }
    var checkpoint: String { "\(net)-\(mode).ckpt" }
    var description: String { "\(net) \(mode)" }
  }

  /// The folder that all tests share, made by the first one.
  static let shared = Result { try BoardPlans() }

  let folder: String
  private(set) var cases: [Case] = []
  // Keeps the folder.
  private let scratch: Scratch

  private struct Scratch: @unchecked Sendable { let folder: ScratchFolder }

  private init() throws {
    scratch = Scratch(folder: try ScratchFolder())
    folder = scratch.folder.path
    try scratch.folder.write("sensor.onnx", SmallModels.sensor().bytes())
    try add("sensor", "sensor.onnx", [6, 1, 64], classes: 7, "full", steps: 100)
    try add("scales", "sensor.onnx", [6, 1, 64], classes: 7, "scale", steps: 100, modes: ["i8"])
    let environment = ProcessInfo.processInfo.environment
    if let models = environment["ESPALIER_ORACLE"] {
      let model = models + "/models/mobilenetv2.onnx"
      try add("mobilenetv2", model, [3, 32, 32], classes: 10, "last-2", steps: 100)
      try add(
        "patches", model, [3, 32, 32], classes: 10, "head", steps: 3, modes: ["i8"], "--patch", "2x2:9", "--samples",
        "in-place")
    }
    // Its pictures are large and emulators slow: 100 updates are for those who ask for them.
    if let shared = environment["ESPALIER_SHARED"] {
      let steps = environment["ESPALIER_BOARD_STEPS"].flatMap { Int($0) } ?? 3
      let model = shared + "/models/mcunet-5fps-int8.onnx"
      if FileManager.default.fileExists(atPath: model) {
        try add("mcunet", model, [3, 128, 128], classes: 10, "last-2", steps: steps)
      }
    }
  }

  private mutating func add(
    _ net: String, _ model: String, _ shape: [Int], classes: Int, _ policy: String, steps: Int,
    modes: [String] = ["i8f", "i16g", "i8", "i8t"], _ options: String...
  ) throws {
    try scratch.folder.writeRandomSamples(net + ".npz", shape, classes: classes)
    try run("data", "pack", net + ".npz", "-o", net + ".npz.pack")
    for mode in modes {
      let step = Case(net: net, mode: mode, steps: steps)
      try run(
        [
          "compile", model, "-o", step.plan, "--classes", "\(classes)", "--calibration-data", step.data, "--policy",
          policy, "--mode", mode, "--batch", "1", "--lr", "0.01", "--steps", "100", "--input-shape",
          "1x" + shape.map(String.init).joined(separator: "x"),
        ] + options)
      try run(
        "train", step.plan, "--data", step.data, "--steps", "\(steps)", "--checkpoint", step.checkpoint, "--seed", "4")
      cases.append(step)
    }
  }

  private func run(_ arguments: String...) throws { try run(arguments) }

  private func run(_ arguments: [String]) throws {
    let result = try Command.espalier.run(arguments, in: folder)
    guard result.status == 0 else { throw BoardPlansError(text: "\(arguments): \(result.errors)") }
  }
}

struct BoardPlansError: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}
