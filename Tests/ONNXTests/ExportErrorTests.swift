import Foundation
import IR
import Operators
import Testing

@testable import ONNX

@Suite
struct ExportErrorTests {
  private func expect(
    _ error: ExportError, in maker: ModelMaker = SmallModels.classifier(), _ name: String, _ values: [Float],
    unfold: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: sourceLocation) {
      try maker.exported([ExportTensor(name: name, shape: [values.count], values: values)], unfold: unfold)
    }
  }

  @Test func namesThatAreNoTensorsAreTold() {
    expect(.unknown(tensor: "fc_weight"), "fc_weight", [1])
    expect(.computed(tensor: "c", op: "Relu"), "c", [1])
    // Gone with the normalization that it belongs to.
    expect(.unknown(tensor: "b.gamma"), "b.gamma", [1, 1, 1, 1])
  }

  @Test func valuesMustFitTheTensor() {
    expect(.count(tensor: "fc_bias", expected: 5, found: 4), "fc_bias", [1, 2, 3, 4])
    for unfold in [false, true] {
      expect(.count(tensor: "pw", expected: 24, found: 1), "pw", [1], unfold: unfold)
      expect(.count(tensor: "pw.bias", expected: 6, found: 1), "pw.bias", [1], unfold: unfold)
      expect(.notFinite(tensor: "fc_bias", index: 2), "fc_bias", [1, 2, .nan, 4, 5], unfold: unfold)
      expect(.notFinite(tensor: "stem", index: 0), "stem", [.infinity], unfold: unfold)
    }
    var maker = SmallModels.classifier()
    maker.integers("shape", [1, 2])
    maker.node("Identity", ["shape"], "z")
    maker.output("z", [2])
    expect(.elementType(tensor: "shape", 7), in: maker, "shape", [1, 2])
  }

  @Test func oneTensorHasOneValue() throws {
    let tensor = ExportTensor(name: "fc_bias", shape: [5], values: [1, 2, 3, 4, 5])
    #expect(throws: ExportError.duplicate(tensor: "fc_bias")) {
      try SmallModels.classifier().exported([tensor, tensor])
    }
  }

  @Test func aFileThatCannotBeReadAnyMoreIsTold() throws {
    var maker = SmallModels.classifier()
    maker[initializer: "stem"] = .floats("stem", [4, 3, 3, 3], [.nan])
    #expect {
      try maker.exported()
    } throws: { error in
      if case .model(.tensor(_, "stem", _)) = error as? ExportError { true } else { false }
    }
  }
}
