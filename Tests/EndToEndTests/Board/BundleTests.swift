import Espalier
import Foundation
import Support
import Testing

/// A bundle is all that a board needs.
struct BoardBundleTests {
  /// Bytes of code and of data that a runner takes besides libc, recorded exactly: whatever makes it larger shows here.
  private static let sizes = [
    "host": [108_251, 10_868], "raspberry-pi-zero": [134_244, 11_583], "raspberry-pi-2": [89_498, 11_599],
    "raspberry-pi-zero-2": [97_868, 9_465], "raspberry-pi-5": [96_980, 9_465], "visionfive-2": [113_418, 10_548],
  ]

  private let plans: BoardPlans
  private let scratch: ScratchFolder
  init() throws {
    plans = try BoardPlans.shared.get()
    scratch = try ScratchFolder()
  }

  @Test(arguments: Boards.names)
  func theCommandsOfItsReadmeWorkInAnEmptyFolder(board: String) throws {
    let built = try Command.espalier.run(
      [
        "build", "\(plans.folder)/sensor-i8.plan", "--target", board, "-o", scratch.file("bundle"), "--data",
        "\(plans.folder)/sensor.npz.pack", "--json",
      ])
    try #require(built.status == 0, "\(built.errors)")
    let sizes = ["code_bytes", "data_bytes"].compactMap { built.json[$0] as? Int }
    #expect(Self.sizes[board] == sizes, "\(board): \(sizes)")
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("bundle")).sorted()
    #expect(names == ["Dispatch.swift", "README.md", "SHA256SUMS", "data.pack", "model.plan", "runner"])
    let sums = try Command(path: "/usr/bin/sha256sum").run(["-c", "--quiet", "SHA256SUMS"], in: scratch.file("bundle"))
    #expect(sums.status == 0, "\(sums.output)\(sums.errors)")

    let target = try Boards.place(board).target
    let commands = String(decoding: try scratch.read("bundle/README.md"), as: UTF8.self)
      .split(separator: "\n").filter { $0.hasPrefix("    ./runner ") }
    try #require(commands.count == 3)
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      let result = try BoardRunner("./runner", of: target).run(Array(words.dropFirst()), in: scratch.file("bundle"))
      #expect(result.status == 0, "\(board): \(command): \(result.errors)")
      #expect(!result.output.isEmpty && result.errors.isEmpty)
    }
    #expect(scratch.exists("bundle/model.ckpt"))
  }

  /// Nothing that takes memory from the system, and no library but libc.
  @Test func theRunnerCallsFewFunctionsOfTheSystem() throws {
    let built = try Command.espalier.run(
      ["build", "\(plans.folder)/sensor-i8.plan", "--target", "host", "-o", scratch.file("b"), "--json"])
    let imports = try #require(built.json["imports"] as? [String])
    #expect(imports.count < 60 && imports.contains("mmap") && imports.contains("fsync"))
    for name in imports { #expect(!name.contains("alloc") && name != "free", "\(name)") }
  }
}
