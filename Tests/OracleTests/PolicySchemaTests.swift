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

  private func file(_ entry: String) -> String { #"{"policy": 1, "default": "frozen", "layers": [{\#(entry)}]}"# }

  @Test func whatIsReadIsValid() throws {
    let written = UpdatePolicy(
      default: .bias,
      layers: [
        .init(match: "a", train: .region, inputChannels: [0, 3], bias: true),
        .init(match: "b", train: .region, ratio: 0.5, select: "norm"),
        .init(match: "c", train: .region, channels: [4, 1]), .init(match: "d", train: .scale),
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
      #""match": "x", "train": "region", "ratio": 0.5, "channels": [1]"#, #""match": "x", "train": "full", "extra": 1"#,
    ].map(file)
    try oracle.expect("check_policies.py", [schema, "--not"] + write(texts), "policies that are none")
  }
}
