import Foundation
import IR
import Testing

@testable import Select

/// Policy files changed at random: each is read or refused in words, and what is read is resolved or refused.
///
/// 20,000 of them, or `ESPALIER_FUZZ`.
@Test(arguments: UInt64(0)..<8) func damagedPoliciesAreReadOrRefused(seed: UInt64) throws {
  let graph = try smallNetwork()
  var generator = SeededGenerator(seed: seed)
  let rounds = (ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 20_000) / 8
  var outcomes: [String: Int] = [:]
  for _ in 0..<rounds {
    let bytes = policy(&generator)
    let policy: UpdatePolicy
    do throws(PolicyError) { policy = try UpdatePolicy(json: bytes) } catch {
      outcomes["refused", default: 0] += 1
      continue
    }
    #expect(try UpdatePolicy(json: policy.json()) == policy)
    do {
      let (result, promoted) = try graph.promoting(policy.resolve(in: graph))
      try result.verify()
      #expect(!promoted.isEmpty)
      outcomes["trained", default: 0] += 1
    } catch is PolicyError { outcomes["unresolved", default: 0] += 1 }
  }
  for outcome in ["refused", "trained", "unresolved"] {
    #expect(outcomes[outcome, default: 0] > rounds / 100, "\(outcomes)")
  }
}

/// A policy whose words and numbers are drawn from those that matter, sometimes with bytes changed.
private func policy(_ generator: inout SeededGenerator) -> [UInt8] {
  func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "" }
  func number() -> String {
    pick(["0", "1", "2", "3", "4", "8", "-1", "0.5", "1e9", "9223372036854775807", "-9223372036854775808", "1e400"])
  }
  func range() -> String {
    "[" + (0..<Int.random(in: 1...3, using: &generator)).map { _ in number() }.joined(separator: ",") + "]"
  }
  let globs = ["*", "features.*", "features.[0-9].weight", "head.*", "[", "[]", "[z-a]", "?*?", "\\\\*", "é*", ""]
  let entries = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
    var parts = [
      "\"match\": \"\(pick(globs))\"",
      "\"train\": \"\(pick(["frozen", "bias", "scale", "region", "full", "lite-residual"]))\"",
    ]
    let more = [
      "\"ratio\": \(number())", "\"input_channels\": \(range())", "\"rows\": \(range())", "\"channels\": \(range())",
      "\"select\": \"\(pick(["norm", "first", "x"]))\"", "\"bias\": \(pick(["true", "false"]))",
      "\"kernel\": \(number())",
      "\"groups\": \(number())",
    ]
    parts += more.filter { _ in Int.random(in: 0..<5, using: &generator) == 0 }
    return "{" + parts.joined(separator: ", ") + "}"
  }
  let text =
    "{\"policy\": 1, \"default\": \"\(pick(["frozen", "bias", "full"]))\", \"layers\": [\(entries.joined(separator: ", "))]}"
  var bytes = Array(text.utf8)
  while Int.random(in: 0..<4, using: &generator) == 0, !bytes.isEmpty {
    let index = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.removeSubrange(index...)
    case 2: bytes.insert(contentsOf: bytes[index...].prefix(20), at: index)
    default: bytes.insert(contentsOf: Array("[[{\"0".utf8), at: index)
    }
  }
  return bytes
}
