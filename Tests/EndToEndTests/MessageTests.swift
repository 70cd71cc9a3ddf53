import Foundation
import Samples
import Support
import Testing

/// What errors say: the file, the place and the value that was typed, and advice that works.
struct MessageTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private func run(_ words: String...) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  @Test(arguments: [
    ("--steps", "99999999999", "--steps must be 1073741824 or less"),
    ("--epochs", "4294967296", "--epochs must be 1073741824 or less"),
    ("--every", "99999999999999", "--every must be 1073741824 or less"), ("--steps", "-1", "--steps must be 1 or more"),
    ("--deadline", "0", "--deadline must be above 0"),
  ])
  func limitsAreSaidAsLimits(option: String, value: String, text: String) throws {
    let refused = try run("train", "p.plan", "--data", "d.npz", option, value)
    #expect(refused.status == 64 && refused.errors.contains(text), "\(refused.errors)")
  }

  @Test func aLineBreakOfANameIsNoneOfTheText() throws {
    let refused = try run("check", "\n")
    #expect(refused.errors == "error: \\x0a is not there\n  next: check the path\n")
  }

  @Test func policiesAreNamedWithTheirFile() throws {
    try scratch.writeModel()
    let policy = #"{"policy": 1, "default": "frozen", "layers": [{"match": "nope", "train": "full"}]}"#
    try scratch.write("p.json", Array(policy.utf8))
    let schedule =
      #"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}], "turns": [{"plan": "a", "updates": 0}]}"#
    try scratch.write("s.json", Array(schedule.utf8))
    let plans = #"{"schedule": 1, "plans": [{"name": "a", "policy": "head"}, {"name": "b", "policy": "p.json"}]}"#
    try scratch.write("t.json", Array(plans.utf8))
    let compile = ["compile", "m.onnx", "--mode", "f32", "-o", "x"]
    func refused(_ words: String...) throws -> CommandResult {
      try Command.espalier.run(compile + words, in: scratch.path)
    }
    expectRefusal(try refused("--policy", "p.json"), 65, "error: p.json: the policy's \"nope\" matches no weight")
    expectRefusal(try refused("--plans", "t.json"), 65, "error: p.json: the policy's \"nope\" matches no weight")
    expectRefusal(try refused("--plans", "s.json"), 65, "s.json: turns must have")
    let board = """
      {"name": "a", "name": "b", "core": "any", "instruction_sets": [], "cap_bytes": null, "libc": "glibc",
      "clock_mhz": null}
      """
    for (option, text) in [
      ("--formats", #"{"formats": 1, "formats": 1, "layers": []}"#), ("--target", board),
      ("--plans", #"{"schedule": 1, "plans": [], "plans": [{"name": "a", "policy": "head"}]}"#),
    ] {
      try scratch.write("twice.json", Array(text.utf8))
      expectRefusal(try refused(option, "./twice.json"), 65, "twice.json", " is there twice")
    }
  }

  @Test func valuesAreNamedAsTheyWereTyped() throws {
    try scratch.writeModel()
    for words in [["--lr", "1e39"], ["--lr=1e39"]] {
      let refused = try Command.espalier.run(["compile", "m.onnx", "-o", "x"] + words, in: scratch.path)
      expectRefusal(refused, 64, "--lr 1e39 makes no sense")
    }
  }

  @Test func faultsInJSONHaveAFileAndALine() throws {
    try scratch.writeModel()
    try scratch.write("p.json", Array("{\"policy\": 1,\n \"default\": \"full\",\n \"layers\": [}".utf8))
    func compile(_ words: String...) throws -> CommandResult {
      try Command.espalier.run(["compile", "m.onnx", "-o", "x"] + words, in: scratch.path)
    }
    expectRefusal(try compile("--policy", "p.json", "--mode", "f32"), 65, "p.json: line 3: ")
    expectRefusal(try compile("--plans", "p.json", "--mode", "f32"), 65, "p.json: line 3: ")
    expectRefusal(try compile("--formats", "p.json"), 65, "p.json: line 3: ")
    expectRefusal(try compile("--target", "./p.json"), 65, "p.json: line 3: ")
    try scratch.write("p.json", Array(#"{"policy": 1, "default": "fool", "layers": []}"#.utf8))
    expectRefusal(try compile("--policy", "p.json", "--mode", "f32"), 65, "p.json: default: ")
    // Whoever follows the advice loses nothing.
    let front = try compile("--policy", "m.onnx#1", "--mode", "f32")
    expectRefusal(front, 65, "m.onnx is no result of a search", "-o front.json")
  }

  @Test func filesOfOursInThePlaceOfSamplesAreNotToBePacked() throws {
    try scratch.writePlan()
    for words in [["predict", "p.plan", "--data", "p.plan", "-o", "x"], ["data", "pack", "p.plan", "-o", "x"]] {
      let refused = try Command.espalier.run(words, in: scratch.path)
      expectRefusal(refused, 65, "it is a plan", "give samples: an .npz file")
      #expect(!refused.errors.contains("data pack p.plan"))
    }
    try #require(run("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    expectRefusal(try run("data", "pack", "d.pack", "-o", "x"), 65, "it is packed already")
  }

  @Test func picturesWithoutLabelsSayWhatIsMissing() throws {
    try scratch.write("im", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4])
    let refused = try run("data", "pack", "im", "-o", "x")
    expectRefusal(refused, 66, "im: no labels for these pictures\n", "name them: --labels FILE")
  }

  @Test func aTableMayBeginWithAByteOrderMark() throws {
    try scratch.write("b.csv", [0xef, 0xbb, 0xbf] + Array("id,lower,upper,size\na,0,2,5\n".utf8))
    #expect(try run("place", "b.csv", "--json").json["arena_bytes"] as? Int == 5)
  }

  @Test func aScalarHasNoShapeToName() throws {
    try scratch.writePlan()
    let scalar = NumPyArray([], floats: [1])
    var file = NPZ()
    file["x"] = scalar
    try scratch.write("s.npz", file.encoded(path: "s.npz"))
    expectRefusal(try run("predict", "p.plan", "--data", "s.npz", "-o", "x"), 65, "array x is a single number")
  }

  /// Labels that cannot be read do not matter to who needs none.
  @Test func predictDoesNotReadLabels() throws {
    try scratch.writePlan()
    var file = try scratch.arrays("d.npz")
    file["y"] = NumPyArray([0, 3], integers: [])
    try scratch.write("e.npz", file.encoded(path: "e.npz"))
    #expect(try run("predict", "p.plan", "--data", "e.npz", "-o", "p.npz").status == 0)
    #expect(try run("eval", "p.plan", "--data", "e.npz").status == 65)
  }

  /// Options that the samples have no use for: whoever gives labels would get those of another source.
  @Test func optionsThatDoNothingAreRefused() throws {
    try scratch.writeSamples()
    for (option, value) in [("--channels", "3"), ("--labels", "not-there"), ("--size", "96")] {
      let refused = try run("data", "pack", "d.npz", "-o", "x", option, value)
      expectRefusal(refused, 64, "d.npz holds arrays, for which there is no \(option)")
    }
    #expect(!scratch.exists("x"))
  }

  private func shell(_ script: String) throws -> CommandResult {
    try Command(path: "/bin/sh").run(["-c", "E=\(Command.espalier.path); " + script], in: scratch.path)
  }

  /// No file is read or written under another name than the one that was given.
  @Test func namesThatAreNotUTF8AreRefused() throws {
    try scratch.writePlan()
    let read = try shell(#"cp d.npz "$(printf 'x\351.npz')"; $E eval p.plan --data "$(printf 'x\351.npz')""#)
    expectRefusal(read, 64, #"the argument x\xe9.npz is not UTF-8"#)
    let written = try shell(#"$E train p.plan --data d.npz --steps 1 --checkpoint "$(printf 'c\351')""#)
    expectRefusal(written, 64, #"the argument c\xe9 is not UTF-8"#)
    #expect(try scratch.names.filter { $0.hasPrefix("c") }.isEmpty)
  }

  /// A name that a terminal would obey is written out.
  @Test func controlCharactersInNamesAreWrittenOut() throws {
    let refused = try run("check", "a\u{1b}[2Jb")
    expectRefusal(refused, 66, #"a\x1b[2Jb is not there"#)
    let broken = try run("check", "a\nerror: b")
    expectRefusal(broken, 66, #"a\x0aerror: b is not there"#)
  }
}
