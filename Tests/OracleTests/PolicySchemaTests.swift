import Driver
import Select
import Support
import Testing

/// The published schema of policy files takes what the reader takes, and refuses what it refuses.
@Suite(.enabled(if: Oracle.isPrepared))
struct PolicySchemaTests {
  private let scratch: ScratchFolder
  private let oracle: Oracle

  init() throws {
    scratch = try ScratchFolder()
    oracle = try #require(Oracle.prepared)
  }

  private var schema: String { oracle.scripts + "/../../compiler/Select/policy.schema.json" }

  private func write(_ texts: [String]) throws -> [String] {
    try texts.enumerated().map { index, text in
      try scratch.write("\(index).json", Array(text.utf8))
      return scratch.file("\(index).json")
    }
  }

  private func schedule(_ parts: String) -> String { #"{"schedule": 1, \#(parts)}"# }

  private let plans =
    #""plans": [{"name": "a", "policy": "head"}, {"name": "b", "policy": {"policy": 1, "default": "bias", "layers": []}}]"#

  @Test func schedulesAreAsTheirSchemaSays() throws {
    let schema = oracle.scripts + "/../../compiler/Driver/Alternates/schedule.schema.json"
    let good = [
      plans, plans + #", "turns": [{"plan": "a", "updates": 9}, {"plan": "b"}]"#,
      plans + #", "sample": {"turns": 4, "updates": 2, "seed": 7}"#,
    ].map(schedule)
    let bad = [
      #""plans": []"#, #""plans": [{"name": "a"}]"#, #""plans": [{"name": "a b", "policy": "head"}]"#,
      plans + #", "turns": [{"plan": "a", "updates": 0}]"#, plans + #", "more": 1"#,
      plans + #", "turns": [], "sample": {"turns": 1}"#,
    ].map(schedule)
    func read(_ text: String) throws {
      _ = try PlanRotation(json: Array(text.utf8), name: "s") { .preset($0) }
    }
    for text in good { try read(text) }
    for text in bad { #expect(throws: (any Error).self, "\(text)") { try read(text) } }
    try oracle.expect("check_policies.py", [schema] + write(good), "valid schedules")
    try oracle.expect("check_policies.py", [schema, "--not"] + write(bad), "schedules that are none")
  }

  private func file(_ entry: String) -> String { #"{"policy": 1, "default": "frozen", "layers": [{\#(entry)}]}"# }

  @Test func whatIsReadIsValid() throws {
    let written = UpdatePolicy(
      default: .bias,
      layers: [
        .init(match: "a", train: .region, inputChannels: [0, 3], bias: true),
        .init(match: "b", train: .region, ratio: 0.5, select: "norm"),
        .init(match: "f", train: .region, rows: [0, 3]), .init(match: "g", train: .region, rows: [0, 3], ratio: 0.5),
        .init(match: "c", train: .region, channels: [4, 1]), .init(match: "d", train: .scale),
        .init(match: "e", train: .liteResidual, bias: true, kernel: 3, groups: 4),
        .init(match: "*", train: .full, bias: false),
      ])
    let texts = [String(decoding: written.json(), as: UTF8.self), file(#""match": "x", "train": "frozen""#)]
    for text in texts { _ = try UpdatePolicy(json: Array(text.utf8)) }
    try oracle.expect("check_policies.py", [schema] + write(texts), "valid policies")
  }

  @Test func whatIsRefusedIsNot() throws {
    let texts = [
      #""train": "full""#, #""match": "x", "train": "all""#, #""match": "x", "train": "region""#,
      #""match": "x", "train": "region", "ratio": 1.5"#, #""match": "x", "train": "region", "ratio": 0"#,
      #""match": "x", "train": "region", "input_channels": [1]"#, #""match": "x", "train": "region", "channels": []"#,
      #""match": "x", "train": "full", "rows": [0, 1]"#, #""match": "x", "train": "region", "rows": [0]"#,
      #""match": "x", "train": "region", "ratio": 0.5, "channels": [1]"#, #""match": "x", "train": "full", "extra": 1"#,
    ].map(file)
    try oracle.expect("check_policies.py", [schema, "--not"] + write(texts), "policies that are none")
  }
}
