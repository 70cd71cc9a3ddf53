import Foundation
import Support

@testable import Samples

/// The libraries for programs in C, built once, and the example compiled against each.
struct CLibrary: Sendable {
  static let shared = Result { try CLibrary() }

  private struct Scratch: @unchecked Sendable { let folder: ScratchFolder }

  // Keeps the folder.
  private let scratch: Scratch
  var folder: String { scratch.folder.path }
  var shared: String { folder + "/libespalier.so" }
  var archive: String { folder + "/libespalier.a" }

  private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
  static let samples = root + "/samples/c-abi"

  private init() throws {
    scratch = Scratch(folder: try ScratchFolder())
    try Self.run("/bin/bash", [Self.root + "/Sources/CEspalier/build.sh", folder])
    for (name, library) in [
      ("train", ["-L", folder, "-lespalier", "-Wl,-rpath," + folder]), ("train-static", [archive]),
    ] {
      try compile(Self.samples + "/train.c", to: name, library)
    }
  }

  /// Compiles a program as strictly as C99 can be.
  func compile(_ source: String, to name: String, _ library: [String]) throws {
    try Self.run(
      "/usr/bin/cc",
      ["-Wall", "-Wextra", "-Werror", "-std=c99", "-pedantic", source, "-I", folder] + library
        + ["-o", folder + "/" + name])
  }

  @discardableResult
  static func run(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Command(path: program).run(arguments)
    guard result.status == 0 else { throw CLibraryError(text: "\(program) \(arguments): \(result.errors)") }
    return result.output
  }
}

struct CLibraryError: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

/// Plans and packed data that the tests of the C functions share: floats with momentum and accumulation, and integers.
struct CPlans: Sendable {
  static let shared = Result { try CPlans() }

  private struct Scratch: @unchecked Sendable { let folder: ScratchFolder }

  private let scratch: Scratch
  var folder: ScratchFolder { scratch.folder }
  static let names = ["f32", "i8"]

  private init() throws {
    scratch = Scratch(folder: try ScratchFolder())
    try folder.writePlan("--optimizer", "momentum", "--accumulate", "2", "--lr", "0.01")
    for command in [
      ["data", "pack", "d.npz", "-o", "d.pack", "--split", "0.75"],
      [
        "compile", "m.onnx", "-o", "i8.plan", "--mode", "i8", "--classes", "3", "--batch", "4", "--lr", "0.02",
        "--steps",
        "60", "--calibration-data", "d.pack", "--policy", "full",
      ],
    ] {
      let result = try Command.espalier.run(command, in: folder.path)
      guard result.status == 0 else { throw CLibraryError(text: "\(command): \(result.errors)") }
    }
    try folder.write("f32.plan", folder.read("p.plan"))
    try orderSamplesAsPacked()
  }

  /// Gives the arrays the order of the packed data, which splitting shuffled.
  private func orderSamplesAsPacked() throws {
    var options = PackOptions()
    options.split = 0.75
    let file = try folder.arrays("d.npz")
    let x = try file.array("x", path: "d.npz").floats()
    let order = options.selection(of: 48).samples
    var ordered = NPZ()
    ordered["x"] = NumPyArray([48, 3, 8, 8], floats: order.flatMap { x[$0 * 192..<($0 + 1) * 192] })
    ordered["y"] = NumPyArray([48], integers: order.map { Int64($0 % 3) })
    try folder.write("d.npz", ordered.encoded(path: "d.npz"))
  }

  /// A folder with everything in it.
  func copy() throws -> ScratchFolder {
    let copy = try ScratchFolder()
    for name in ["f32.plan", "i8.plan", "d.pack", "d.npz"] { try copy.write(name, folder.read(name)) }
    return copy
  }
}
