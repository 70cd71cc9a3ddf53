import Foundation
import IR
import ONNX
import Operators
import Samples
import Testing

/// Real networks as their makers export them.
@Suite(.enabled(if: Oracle.python != nil)) struct NetworkTests {
  @Test(arguments: ["mobilenetv2", "efficientnet-lite0"])
  func outputsEqualThoseOfONNXRuntime(net: String) throws {
    let path = Oracle.folder + "/models/\(net).onnx"
    let batch = try Oracle.randomBatch(of: path, samples: 2)
    var options = ImportOptions()
    options.batch = 2
    let model = try ONNXModel(path: path).imported(options)
    let logits = try #require(try model.outputs(["input": batch.array("x", path: "")])["logits"])
    let expected = try batch.array("logits", path: "")
    let scale = expected.numbers(0..<expected.count).map(abs).max() ?? 0
    #expect(difference(logits, expected, rtol: 0, atol: 1e-4 * scale) == nil)
  }

  @Test(arguments: ["mobilenetv2", "efficientnet-lite0"])
  func neitherTransposesNorPadsNorNormalizations(net: String) throws {
    let graph = try ONNXModel(path: Oracle.folder + "/models/\(net).onnx").imported().graph
    let unwanted = graph.nodes.filter { $0.op is Transpose || $0.op is Pad || $0.op is ChannelAffine }
    #expect(unwanted.isEmpty)
    #expect(graph.nodes.count { $0.op is Conv || $0.op is DepthwiseConv } == (net == "mobilenetv2" ? 53 : 50))
    #expect(graph.nodes.count { $0.op is Reshape } == 1)
  }
}

/// Python with the packages of Tests/requirements.txt, and the files that Tests/run.sh prepares.
enum Oracle {
  static let python = ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]
  static let folder = ProcessInfo.processInfo.environment["ESPALIER_ORACLE"] ?? ""

  /// A random batch for a model, with its outputs by ONNX Runtime.
  static func randomBatch(of model: String, samples: Int) throws -> NPZ {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npz").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    let script = URL(fileURLWithPath: #filePath).appending(path: "../../Oracle/random_batch.py").standardized.path
    process.arguments = [script, model, "--batch", "\(samples)", "-o", file]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try NPZ(path: file)
  }
}
