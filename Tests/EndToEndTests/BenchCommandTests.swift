import Foundation
import Support
import Testing

@testable import Espalier

/// `espalier bench`: which kernels are measured, and what is said of them; nothing here asks how fast they are.
struct BenchCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("m.onnx", SmallModels.pictures())
    try scratch.writeRandomSamples("d.npz", [3, 16, 16], classes: 5)
  }

  private func run(_ words: String...) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private func compile(_ words: String...) throws {
    let made = try Command.espalier.run(
      ["compile", "m.onnx", "-o", "p.plan", "--batch", "2", "--policy", "full"] + words, in: scratch.path)
    try #require(made.status == 0, "\(made.errors)")
  }

  private func kernels(_ result: CommandResult) throws -> [[String: Any]] {
    try #require(result.json["kernels"] as? [[String: Any]], "\(result.errors)")
  }

  @Test func builtInShapesAreMeasuredForAllVectors() throws {
    let result = try run("bench", "--filter", "update", "--seconds", "0.001", "--json")
    #expect(result.status == 0 && result.json["step"] is NSNull && result.json["schema"] as? Int == 1)
    let found = try kernels(result)
    let sets = Set(found.compactMap { $0["isa"] as? String })
    #expect(sets.contains("plain") && found.count == 2 * sets.count)
    for kernel in found {
      #expect(
        Set(kernel.keys) == ["family", "opcode", "shape", "isa", "macs", "cpu_us", "gops", "share_of_peak"])
      #expect(kernel["family"] as? String == "update" && kernel["opcode"] as? String == "quantized_update")
      #expect(try #require(kernel["gops"] as? Double) > 0)
    }
    let text = try run("bench", "--filter", "gradient_r*", "--seconds", "0.001")
    let lines = text.output.split(separator: "\n")
    #expect(lines.count == 1 + 2 * sets.count && lines.dropFirst().allSatisfy { $0.hasPrefix("gradient_range") })
  }

  @Test func aPlanHasItsOwnShapes() throws {
    try compile("--mode", "i8", "--calibration-data", "d.npz")
    let before = try scratch.read("p.plan")
    let result = try run("bench", "p.plan", "--seconds", "0.0001", "--json")
    let found = try kernels(result)
    let plain = found.filter { $0["isa"] as? String == "plain" }
    let keys = plain.map { "\($0["opcode"] as? String ?? "") \($0["shape"] as? String ?? "")" }
    #expect(Set(keys).count == keys.count && !keys.isEmpty)
    let steps = try Plan(path: scratch.file("p.plan")).report.stepTable
    for operation in ["quantized_conv", "quantized_grad_input", "grad_weight_update", "quantized_mask"] {
      let own = steps.filter { $0.operator == operation }
      let here = plain.filter { $0["opcode"] as? String == operation }
      #expect(!here.isEmpty && here.count <= own.count, "\(operation)")
      #expect(Set(here.compactMap { $0["macs"] as? Int }) == Set(own.map(\.macs)), "\(operation)")
    }
    let step = try #require(result.json["step"] as? [String: Any])
    #expect(Set(step.keys) == ["cpu_ms", "wall_ms", "macs", "share"])
    #expect(step["macs"] as? Int == steps.reduce(0) { $0 + $1.macs })
    let shares = try #require(step["share"] as? [String: Double])
    #expect(abs(shares.values.reduce(0, +) - 1) < 1e-9 && shares.keys.contains("dense_dw"))
    #expect(try scratch.read("p.plan") == before)
  }

  @Test func floatsHaveShapesToo() throws {
    try compile("--mode", "f32")
    let result = try run("bench", "p.plan", "--seconds", "0.0001", "--filter", "conv", "--json")
    let found = try kernels(result)
    #expect(!found.isEmpty && found.allSatisfy { $0["opcode"] as? String == "conv" })
    let peaks = try #require(result.json["peaks"] as? [[String: Any]])
    #expect(peaks.allSatisfy { $0["mix"] as? String == "float32" } && !peaks.isEmpty)
  }

  @Test func wrongInputIsRefused() throws {
    expectRefusal(try run("bench", "none.plan"), 66, "none.plan")
    expectRefusal(try run("bench", "d.npz"), 65, "d.npz")
    expectRefusal(try run("bench", "--filter", "nothing*"), 64, "no kernel to measure has a name like nothing*")
    for words in [["--seconds", "0"], ["--seconds", "x"], ["--plan", "x"]] {
      let refused = try Command.espalier.run(["bench"] + words, in: scratch.path)
      #expect(refused.status == 64 && refused.errors.contains(words[0]), "\(refused.errors)")
    }
    try compile("--mode", "f32")
    expectRefusal(try run("bench", "p.plan", "--plan", "x"), 64, "no plan x")
  }

  /// Whether a process has a handler of its own for SIGINT.
  private func catchesInterrupts(_ process: Process) -> Bool {
    let status = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/status") ?? Foundation.Data()
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    let mask = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return mask & 1 << (SIGINT - 1) != 0
  }

  @Test func controlCEndsIt() throws {
    let result = try Command.espalier.run(["bench", "--seconds", "5"], in: scratch.path) { process in
      for _ in 0..<6000 where !catchesInterrupts(process) { usleep(10_000) }
      #expect(kill(process.processIdentifier, SIGINT) == 0)
    }
    #expect(result.status == 130 && result.output.isEmpty, "\(result.status)")
    #expect(result.errors.contains("interrupted"))
  }
}
