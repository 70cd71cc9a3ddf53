import Data
import Foundation
import IR
import ONNX
import Testing

@Suite(.enabled(if: BackendCase.folder != nil)) struct ConformanceTests {
  @Test(arguments: ["node", "pytorch-operator", "pytorch-converted"])
  func agreesWithTheReference(kind: String) throws {
    var ok = 0
    for test in try BackendCase.all(kind) {
      let model: ImportedModel
      do { model = try ONNXModel(path: test.model).imported() } catch {
        print("SKIP \(test.name): \(error)")
        continue
      }
      var arrays: [String: NumPyArray] = [:]
      for input in test.inputs { arrays[input.name] = try test.array(input) }
      do {
      let outputs = try model.outputs(arrays)
      for output in test.outputs {
        let got = try #require(outputs[output.name])
        if let d = difference(got, try test.array(output), rtol: test.rtol, atol: test.atol) {
          print("FAIL \(test.name) \(output.name): \(d)\n\(model.graph.text())")
        } else { ok += 1 }
      }
      } catch { print("FAIL \(test.name) \(error)") }
    }
    print("\(kind): \(ok) ok")
  }
}
