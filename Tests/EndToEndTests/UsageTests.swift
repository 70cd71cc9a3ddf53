import Foundation
import Support
import Testing

struct UsageTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  /// Every verb that there is, and the words before it.
  private static let verbs: [[String]] = {
    let found = try? Command.espalier.run(["--help"])
    let help = found?.output.components(separatedBy: "SUBCOMMANDS:").last ?? ""
    let names = help.split(separator: "\n").compactMap { line -> String? in
      let words = line.split(separator: " ")
      return line.hasPrefix("  ") && !line.hasPrefix("   ") && words.count > 1 ? String(words[0]) : nil
    }.filter { $0 != "See" }
    let inner = [
      "data": ["pack", "stream", "ring"], "checkpoint": ["show", "compare", "export", "apply"],
      "delta": ["make", "apply", "revert", "merge", "rebase"],
    ]
    return [[]] + names.flatMap { name in [[name]] + inner[name, default: []].map { [name, $0] } }
  }()

  @Test func allVerbsAreLookedAt() { #expect(Self.verbs.count >= 32, "\(Self.verbs)") }

  @Test(arguments: verbs)
  func helpShowsTwoExamplesAndTheCommonOptions(verb: [String]) throws {
    let help = try Command.espalier.run(verb + ["--help"])
    #expect(help.status == 0 && help.errors.isEmpty)
    let name = (["espalier"] + verb).joined(separator: " ")
    let examples = help.output.split(separator: "\n").filter { $0.hasPrefix("  \(name) ") || $0 == "  \(name)" }
    #expect(examples.count >= 2, "\(name)")
    let options =
      verb.isEmpty || [["data"], ["checkpoint"], ["delta"]].contains(verb)
      ? ["--version"] : ["--json", "--quiet", "--verbose", "--version"]
    for option in options { #expect(help.output.contains(option), "\(name) \(option)") }
    let version = try Command.espalier.run(verb + ["--version"])
    #expect(version.status == 0 && version.output.first?.isNumber == true)
  }

  @Test(arguments: [
    ["frobnicate"], ["check"], ["check", "a", "b"], ["compile", "m.onnx", "--cap", "12XB"],
    ["compile", "m.onnx", "--mode", "f64"], ["compile", "m.onnx", "--batch", "0"],
    ["compile", "m.onnx", "--classes", "1"], ["compile", "m.onnx", "--lr", "-1"],
    ["compile", "m.onnx", "--input-shape", "1x3xa"], ["compile", "m.onnx", "--stop-after", "never"],
    ["compile", "m.onnx", "--mode", "f32", "--calibration-data", "d.npz"],
    ["compile", "m.onnx", "--target", "toaster"],
    ["train", "p.plan"], ["train", "p.plan", "--data", "d", "--epochs", "1", "--steps", "1"],
    ["train", "p.plan", "--data", "d", "--epochs", "0"], ["train", "p.plan", "--data", "d", "--augment", "spin"],
    ["train", "p.plan", "--data", "d", "--checkpoint", "-"], ["predict", "p.plan", "--data", "d"],
    ["predict", "p.plan", "--data", "d", "-o", "-", "--json"], ["inspect", "p.plan", "-q", "-v"],
    ["data", "pack", "d", "-o", "x.pack", "--split", "2"], ["data", "pack", "d", "-o", "x.pack", "--mean", "a,b"],
  ])
  func wrongUsageEndsWith64AndSaysWhatIsRight(arguments: [String]) throws {
    let outcome = try Command.espalier.run(arguments, in: scratch.path)
    #expect(outcome.status == 64 && outcome.output.isEmpty && outcome.errors.hasPrefix("error: "), "\(outcome.errors)")
    #expect(try scratch.names.isEmpty)
  }

  @Test(arguments: [
    (["comple", "m.onnx"], "there is no verb comple of espalier", "did you mean espalier compile?"),
    (["comp"], "there is no verb comp of espalier", "did you mean espalier compile?"),
    (["data", "pakc"], "there is no verb pakc of espalier data", "did you mean espalier data pack?"),
    (["frobnicate"], "there is no verb frobnicate of espalier", "`espalier --help` lists what there is"),
    (["compile", "m.onnx", "--polcy", "bias"], "'--polcy'", "'--policy'"),
  ])
  func whatIsMisspeltIsSuggested(arguments: [String], fact: String, suggestion: String) throws {
    let outcome = try Command.espalier.run(arguments, in: scratch.path)
    #expect(outcome.status == 64 && outcome.errors.hasPrefix("error: "))
    #expect(outcome.errors.contains(fact) && outcome.errors.contains(suggestion), "\(outcome.errors)")
  }

  /// A number below zero is a value, not an option.
  @Test(arguments: [["--mean", "-0.1,0.2,0.3"], ["--mean", "-.5"], ["--mean=-0.1,0.2,0.3"]])
  func valuesMayBeNegative(words: [String]) throws {
    try scratch.writeSamples("n.npz")
    let outcome = try Command.espalier.run(["data", "pack", "n.npz", "-o", "n.pack"] + words, in: scratch.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aNegativeSizeIsRefusedAsANumber() throws {
    let outcome = try scratch.espalier("data", "pack", "n.npz", "-o", "n.pack", "--size", "-5")
    #expect(outcome.status == 64 && outcome.errors.contains("--size must be from 1"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["check", "none.onnx"], ["compile", "none.onnx"], ["inspect", "none.plan"],
    ["train", "none.plan", "--data", "none.pack"], ["eval", "none.plan", "--data", "none.pack"],
    ["predict", "none.plan", "--data", "none.npz", "-o", "p.npz"], ["data", "pack", "none", "-o", "x.pack"],
    ["gradients", "none.plan", "--data", "none.npz", "-o", "g.npz"], ["export", "none.plan", "-o", "m.onnx"],
    ["compile", "none.onnx", "--policy", "none.json"], ["compile", "none.onnx", "--target", "none/board.json"],
  ])
  func whatIsNotThereEndsWith66(arguments: [String]) throws {
    let outcome = try Command.espalier.run(arguments, in: scratch.path)
    #expect(outcome.status == 66 && outcome.output.isEmpty, "\(arguments)")
    #expect(outcome.errors.hasPrefix("error: none") && outcome.errors.contains("\n  next: "), "\(outcome.errors)")
    #expect(try scratch.names.isEmpty)
  }

  @Test func theHostIsATarget() throws {
    let outcome = try scratch.espalier("targets", "--json")
    let list = try #require(outcome.json["targets"] as? [[String: Any]])
    let host = try #require(list.first { $0["name"] as? String == "host" })
    #expect(Set(host.keys) == ["name", "core", "instruction_sets", "cap_bytes", "libc", "clock_mhz"])
    #expect(outcome.json["schema"] as? Int == 1)
  }
}
