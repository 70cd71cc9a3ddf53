import Foundation
import IR
import ONNX
import Samples
import Testing

/// The ONNX project's own backend tests: what can be imported gives the expected results, the rest is known.
@Suite(.enabled(if: BackendCase.folder != nil)) struct ConformanceTests {
  /// How many cases of each kind cannot be imported, by operator and reason; the others are run.
  static let skipped: [String: [String: Int]] = [
    "composed": [:],
    "node": [
      "AveragePool in three dimensions": 6,
      "BatchNormalization: \(NodeFault.training)": 2,
      "Cast with to double": 2,
      "Cast with to float16": 2,
      "MaxPool in three dimensions": 4,
      "MaxPool with result 1": 2,
      "Reshape with shape [3, 4, 0]": 1,
      "Resize with coordinate_transformation_mode align_corners": 1,
      "Resize with coordinate_transformation_mode asymmetric": 1,
      "Resize with coordinate_transformation_mode half_pixel": 1,
      "Resize with keep_aspect_ratio_policy not_larger": 2,
      "Resize with keep_aspect_ratio_policy not_smaller": 2,
      "Resize with mode cubic": 11,
      "Resize with mode linear": 13,
      "Resize with scales [1.0, 1.0, 0.6, 0.6]": 1,
      "Resize with sizes [1, 1, 1, 3]": 1,
      "Resize with sizes [1, 1, 7, 8]": 1,
      "Resize with sizes [7, 8]": 1,
      "Resize with sizes [8, 7]": 1,
      "Split with split [0, 0, 0]": 2,
      "element type 12": 4,
      "element type 13": 4,
      "element type 4": 4,
      "element type double": 4,
      "element type float16": 4,
      "element type i32": 3,
      "element type i8": 1,
      "element type integer": 2,
      "element type u8": 1,
      "input of no element": 3,
      "output of no element": 1,
    ],
    "pytorch-converted": [
      "AveragePool in three dimensions": 3,
      "Conv in three dimensions": 7,
      "MaxPool in three dimensions": 3,
    ],
    "pytorch-operator": [
      "element type double": 4,
      "element type f64": 1,
    ],
  ]

  @Test(arguments: ["node", "pytorch-operator", "pytorch-converted", "composed"])
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

  /// Nine networks with the weights of the ONNX project, and with seeded ones that tell one channel from another.
  @Test(.enabled(if: isOptimized, "minutes each without optimization"), arguments: ["light", "light-seeded"])
  func networksAgree(kind: String) throws {
    let cases = try BackendCase.all(kind)
    #expect(cases.count == 9)
    for test in cases { expectAgreement(try ONNXModel(path: test.model).imported(), test) }
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

  /// What the first node that cannot be imported has.
  private static func reason(_ error: ImportError) -> String {
    switch error {
    case .tensor(_, _, .elementType(let type)): return "element type \(type)"
    case .inputShapeUnknown: return "input of no element"
    case .output: return "output of no element"
    case .nodes(let problems):
      let op = problems[0].op
      switch problems[0].fault {
      case .elementType(_, let type): return "element type \(type)"
      case .shapes(let shapes) where shapes.contains { $0.count > 4 }: return "\(op) in three dimensions"
      case .attribute(let name, let value): return "\(op) with \(name) \(value)"
      case .values(let tensor, let values): return "\(op) with \(tensor) \(values)"
      case .output(let index): return "\(op) with result \(index)"
      default: return "\(op): \(problems[0].fault)"
      }
    default: return "\(error)"
    }
  }
}

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif
