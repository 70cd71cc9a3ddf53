import Testing

@testable import Select

private func read(_ json: String) throws -> UpdatePolicy { try UpdatePolicy(json: Array(json.utf8)) }

@Test func theDocumentedFormIsRead() throws {
  let policy = try read(
    """
    { "policy": 1, "default": "frozen",
      "layers": [
        { "match": "features.1[0-9].*", "train": "bias" },
        { "match": "features.17.conv.0.0.weight", "train": "region", "input_channels": [0, 240], "bias": true },
        { "match": "features.16.*", "train": "region", "ratio": 0.5, "select": "norm", "bias": false },
        { "match": "head.*", "train": "full" } ] }
    """)
  #expect(
    policy
      == UpdatePolicy(layers: [
        .init(match: "features.1[0-9].*", train: .bias),
        .init(match: "features.17.conv.0.0.weight", train: .region, inputChannels: [0, 240], bias: true),
        .init(match: "features.16.*", train: .region, ratio: 0.5, select: "norm", bias: false),
        .init(match: "head.*", train: .full),
      ]))
  #expect(try UpdatePolicy(json: policy.json()) == policy)
}

@Test(arguments: [
  ("{\"policy\": 2, \"default\": \"full\", \"layers\": []}", "\"policy\": 2 is not a version this tool reads"),
  ("{\"policy\": 1, \"layers\": []}", "the key \"default\" is missing"),
  ("{\"policy\": 1, \"default\": \"full\"}", "the key \"layers\" is missing"),
  ("{\"policy\": 1, \"default\": \"full\", \"layers\": [], \"extra\": 1}", "there is no key \"extra\""),
  (
    "{\"policy\": 1, \"default\": \"full\", \"layers\": [{\"match\": \"a\", \"train\": \"full\", \"ratios\": 1}]}",
    "there is no key \"ratios\" in an entry of layers"
  ),
  (
    "{\"policy\": 1, \"default\": \"full\", \"layers\": [{\"match\": \"a\"}]}",
    "layers.[0]: the key \"train\" is missing"
  ),
  (
    #"{"policy": 1, "default": "frozen", "default": "full", "layers": []}"#, "the key default is there twice"
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "bias"}, {"match": "a", "m\u0061tch": "b", "train": "bias"}]}"#,
    "the key layers.[1].match is there twice"
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "full", "ratio": 0.125}]}"#,
    #"layers.[0]: "train": "full" has no "ratio""#
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "bias", "rows": [0, 2]}]}"#,
    #"layers.[0]: "train": "bias" has no "rows""#
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "region", "ratio": 1, "kernel": 3}]}"#,
    #"layers.[0]: "train": "region" has no "kernel""#
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "region", "channels": [0, 1.5]}]}"#,
    "layers.[0].channels.[1]: 1.5 is not a number that can stand there"
  ),
  (
    #"{"policy": 1, "default": "full", "layers": [{"match": "a", "train": "region", "ratio": 0.5, "rows": [0, 1e30]}]}"#,
    "a number cannot stand where it does, one of layers.[0].ratio (0.5), layers.[0].rows.[1] (1e30)"
  ),
]) func malformedFilesSayWhere(json: String, reason: String) {
  #expect(throws: PolicyError.malformed(reason)) { try read(json) }
}

@Test(arguments: [
  "", "[]", "null", "{", "{\"policy\": 1, \"default\": \"all\", \"layers\": []}",
  "{\"policy\": \"1\", \"default\": \"full\", \"layers\": []}",
  "{\"policy\": 1, \"default\": \"full\", \"layers\": [{\"match\": 3, \"train\": \"full\"}]}",
  "{\"policy\": 1, \"default\": \"full\", \"layers\": [{\"match\": \"a\", \"train\": \"region\", \"ratio\": \"x\"}]}",
  "{\"policy\": 1, \"default\": \"full\", \"layers\": [3]}",
]) func otherTextsAreNoPolicies(json: String) {
  let error = #expect(throws: PolicyError.self) { try read(json) }
  guard case .malformed(let reason)? = error else {
    Issue.record("\(String(describing: error))")
    return
  }
  #expect(!reason.isEmpty)
}

@Test(arguments: [
  (#"{"a": 1, "b": {"a": 1, "c": [{"a": 1}, {"a": "a\", \"a"}]}}"#, nil), (#"{"a": {"b": 1}, "a.b": 2}"#, nil),
  (#"{"a": [1, {"b": {}, "c": [], "b": 0}]}"#, "a.[1].b"), (#"{"a": "{\"a\": 1, ", "b": 1, "a": 1}"#, "a"),
  (#"{"é": 1, "\u00e9": 1}"#, "é"), ("[1, 2, -1.5e+3]", nil),
]) func keysThatAreThereTwiceAreFound(json: String, key: String?) {
  #expect(repeatedKey(in: Array(json.utf8)) == key)
}
