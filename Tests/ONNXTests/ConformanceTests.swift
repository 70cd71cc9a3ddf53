import Data
import Foundation
import IR
import ONNX
import Testing

/// The ONNX project's own backend tests: what can be imported gives the expected results, the rest is known.
@Suite(.enabled(if: BackendCase.folder != nil)) struct ConformanceTests {
  /// How many cases of each kind cannot be imported, by operator and reason; the others are run.
  static let skipped: [String: [String: Int]] = [
    "node": [
      "AveragePool shapes": 6,
      "BatchNormalization output": 2,
      "Cast attribute": 4,
      "Conv notConstant": 3,
      "Dropout output": 3,
      "MaxPool output": 2,
      "MaxPool shapes": 4,
      "Reshape values": 1,
      "Slice size": 1,
      "Split size": 5,
      "Split values": 2,
      "elementType double": 4,
      "elementType float16": 4,
      "elementType int16": 4,
      "elementType int32": 4,
      "elementType int64": 3,
      "elementType int8": 8,
      "elementType uint16": 4,
      "elementType uint32": 4,
      "elementType uint64": 4,
      "elementType uint8": 5,
    ],
    "pytorch-converted": [
      "AveragePool shapes": 3,
      "Conv shapes": 7,
      "MaxPool shapes": 3,
    ],
    "pytorch-operator": [
      "elementType double": 4,
      "elementType f64": 1,
      "elementType int64": 1,
    ],
  ]

  @Test(arguments: ["node", "pytorch-operator", "pytorch-converted"])
  func agreesWithTheReference(kind: String) throws {
    var skipped: [String: Int] = [:]
    for test in try BackendCase.all(kind) {
      do throws(ImportError) {
        let model = try ONNXModel(path: test.model).imported()
        expectAgreement(model, test)
      } catch {
        let reason = Self.reason(error)
        print("skipped \(kind)/\(test.name): \(reason)")
        skipped[reason, default: 0] += 1
      }
    }
    for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) { print("\(kind): \(count) skipped, \(reason)") }
    #expect(skipped == Self.skipped[kind])
  }

  private func expectAgreement(_ model: ImportedModel, _ test: BackendCase) {
    #expect(throws: Never.self, "\(test.name)") {
      var arrays: [String: NumPyArray] = [:]
      for input in test.inputs { arrays[input.name] = try test.array(input) }
      let results = try model.outputs(arrays)
      for output in test.outputs {
        let expected = try test.array(output)
        let result = try #require(results[output.name])
        let difference = difference(result, expected, rtol: test.rtol, atol: test.atol)
        #expect(difference == nil, "\(test.name), \(output.name)")
      }
    }
  }

  /// Operator and kind of fault of the first node that cannot be imported.
  private static func reason(_ error: ImportError) -> String {
    guard case .nodes(let problems) = error, let first = problems.first else { return "\(error)" }
    let fault = "\(first.fault)".prefix { $0 != "(" }
    if case .elementType(_, let type) = first.fault { return "\(fault) \(type)" }
    return "\(first.op) \(fault)"
  }
}
