import Espalier
import Foundation
import Support
import Testing

/// A bundle is all that a board needs.
struct BoardBundleTests {
  /// Bytes of code and of data that a runner takes besides libc, recorded exactly: whatever makes it larger shows here.
  private static let sizes = [
    "host": [94_371, 12_680], "raspberry-pi-zero": [110_156, 9_801], "raspberry-pi-2": [73_268, 9_801],
    "raspberry-pi-zero-2": [90_288, 11_234], "raspberry-pi-5": [89_204, 11_225], "visionfive-2": [104_730, 12_460],
  ]

  /// The same of a runner that trains one plan from packed data, and does nothing else.
  private static let smallest = [
    "host": [54_371, 8_006], "raspberry-pi-zero": [58_648, 6_843], "raspberry-pi-2": [39_344, 6_843],
    "raspberry-pi-zero-2": [52_104, 7_583], "raspberry-pi-5": [51_680, 7_574], "visionfive-2": [54_916, 7_950],
  ]

  /// The same for the last layers of MobileNetV2, with the integer kernels for vectors, and threads.
  private static let withVectors = ["raspberry-pi-zero-2": [89_776, 8_120]]

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

  @Test(arguments: Boards.names.filter { $0 == "raspberry-pi-zero-2" })
  func vectorsTakeTheBytesThatAreRecorded(board: String) throws {
    try #require(plans.cases.contains { $0.plan == "mobilenetv2-i8.plan" })
    let built = try Command.espalier.run(
      [
        "build", "\(plans.folder)/mobilenetv2-i8.plan", "--target", board, "-o", scratch.file("b"), "--verbs", "train",
        "--feeds", "packed", "--sealed", "--json",
      ])
    try #require(built.status == 0, "\(built.errors)")
    let sizes = ["code_bytes", "data_bytes"].compactMap { built.json[$0] as? Int }
    #expect(Self.withVectors[board] == sizes, "\(board): \(sizes)")
    #expect(sizes.reduce(0, +) <= 96 << 10, "\(board): \(sizes)")
  }

  @Test(arguments: Boards.names)
  func theSmallestIsAsLargeAsRecorded(board: String) throws {
    let built = try Command.espalier.run(
      [
        "build", "\(plans.folder)/sensor-i8.plan", "--target", board, "-o", scratch.file("b"), "--data",
        "\(plans.folder)/sensor.npz.pack", "--verbs", "train", "--feeds", "packed", "--sealed", "--json",
      ])
    try #require(built.status == 0, "\(built.errors)")
    let sizes = ["code_bytes", "data_bytes"].compactMap { built.json[$0] as? Int }
    #expect(Self.smallest[board] == sizes, "\(board): \(sizes)")
    #expect(sizes.reduce(0, +) <= 64 << 10, "\(board): \(sizes)")

    let runner = BoardRunner("./runner", of: try Boards.place(board).target)
    func run(_ words: String...) throws -> CommandResult { try runner.run(words, in: scratch.file("b")) }
    let trained = try run(
      "train", "model.plan", "--data", "data.pack", "--steps", "100", "--seed", "4", "--checkpoint", "c", "-q")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(try scratch.read("b/c") == [UInt8](Data(contentsOf: URL(filePath: plans.folder + "/sensor-i8.ckpt"))))

    let other = try run("train", "\(plans.folder)/sensor-i8t.plan", "--data", "data.pack", "--checkpoint", "d")
    #expect(other.status == 65 && other.errors.contains("is not the plan that this runner was built for"))
    let verb = try run("eval", "model.plan", "--data", "data.pack")
    #expect(verb.status == 64 && verb.errors.contains("eval is no verb"))
    let option = try run("train", "model.plan", "--eval", "data.pack")
    #expect(option.status == 64 && option.errors.contains("--eval is no option of this verb"))
    let stream = try run("train", "model.plan", "--data", "-", "--checkpoint", "d")
    #expect(stream.status == 66 && !scratch.exists("b/d"))
    let help = try run("help")
    #expect(help.status == 0 && help.output.contains("runner train") && !help.output.contains("eval"))
  }

  /// A part of its own each: what is left out is refused, what is there works.
  @Test func aRunnerMayHaveOtherPartsAlone() throws {
    let words = ["build", "\(plans.folder)/sensor-i8.plan", "--target", "host", "-o", scratch.file("b")]
    let built = try Command.espalier.run(words + ["--verbs", "predict,info", "--feeds", "ring"])
    try #require(built.status == 0, "\(built.errors)")
    let runner = BoardRunner("./runner", of: .host)
    let info = try runner.run(["info", "model.plan"], in: scratch.file("b"))
    #expect(info.status == 0 && info.output.contains("arena_bytes"))
    let data = "\(plans.folder)/sensor.npz.pack"
    let predicted = try runner.run(["predict", "model.plan", "--data", data], in: scratch.file("b"))
    #expect(predicted.status == 0 && predicted.output.split(separator: "\n").count == 24)
    // Not sealed: another plan with the same kernels will do.
    let other = try runner.run(["info", "\(plans.folder)/sensor-i8.plan"], in: scratch.file("b"))
    #expect(other.status == 0)
    #expect(try runner.run(["train", "model.plan"], in: scratch.file("b")).status == 64)

    for (option, value) in [("--verbs", "eat"), ("--verbs", "ring"), ("--feeds", "train"), ("--feeds", "")] {
      let refused = try Command.espalier.run(words + [option, value])
      #expect(refused.status == 64 && refused.errors.contains(option), "\(option) \(value): \(refused.errors)")
    }
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
