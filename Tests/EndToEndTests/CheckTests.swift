import Support
import Testing

@testable import ONNX

struct CheckTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  @Test func aModelThatCanBeTrainedIsCounted() throws {
    try scratch.writeModel()
    let result = try scratch.espalier("check", "m.onnx", "--json")
    #expect(result.status == 0 && result.json["supported"] as? Bool == true && result.json["opset"] as? Int == 17)
    let operators = try #require(result.json["operators"] as? [[String: Any]])
    let counts = Dictionary(uniqueKeysWithValues: operators.map { ($0["name"] as? String, $0["count"] as? Int) })
    #expect(counts["Conv"] == 3 && counts["BatchNormalization"] == 3 && counts["Gemm"] == 1)
    for entry in operators {
      #expect(Set(entry.keys) == ["name", "domain", "count", "importable", "trainable", "reason", "nodes"])
    }
    #expect(try scratch.espalier("check", "m.onnx").output.contains("BatchNormalization"))
  }

  @Test func everyNodeThatIsNotSupportedIsNamed() throws {
    var maker = SmallModels.classifier()
    maker.proto.graph.node[2].opType = "Frobnicate"
    maker.proto.graph.node[2].name = "first strange node"
    maker.proto.graph.node[5].opType = "Frobnicate"
    maker.proto.graph.node[5].name = "second strange node"
    try scratch.writeModel("m.onnx", maker)
    let result = try scratch.espalier("check", "m.onnx")
    #expect(result.status == 1 && result.errors.contains("next: "))
    #expect(result.output.contains("first strange node") && result.output.contains("second strange node"))
    let json = try scratch.espalier("check", "m.onnx", "--json")
    #expect(json.status == 1 && json.json["supported"] as? Bool == false)
    let operators = try #require(json.json["operators"] as? [[String: Any]])
    let strange = try #require(operators.first { $0["name"] as? String == "Frobnicate" })
    #expect(strange["count"] as? Int == 2 && strange["importable"] as? Bool == false)
  }
}
