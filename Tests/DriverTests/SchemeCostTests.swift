import Foundation
import IR
import ONNX
import Operators
import Select
import Testing

@testable import Driver

/// Published sparse-update schemes: what they keep for backward is what was published for them.
@Suite(.enabled(if: Schemes.areThere, "needs ../shared/data"))
struct SchemeCostTests {
  @Test(arguments: ["49kb", "74kb", "99kb", "124kb", "148kb"]) func bytesAreThePublishedOnes(name: String) throws {
    let scheme = try #require(try Schemes.all()[name])
    var options = CompileOptions()
    (options.mode, options.classes, options.inputShape) = (.i8t, 10, [1, 3, 128, 128])
    let request = CompileRequest(try ONNXModel(path: Schemes.file("mcunet-5fps-int8.onnx")), options)
    let network = try Pipeline.network.run((), request)
    let training = try network.steps(scheme.policy(network.graph), request).values[0].training
    let graph = training.graph
    // Published are inputs of 8 bits, masks of the convolutions' results, and copies of what is trained, without the
    // classifier's own. We have masks of residual sums and of the mean, too, and the classifier's input in float.
    let saved = training.savedForBackward.reduce(0) { sum, id in
      if let mask = graph.node(id), mask.op is QuantizedMask, !graph.isConvolution(mask.inputs[0]) { return sum }
      let type = graph.type(id)
      return sum + (type.dtype == .f32 ? type.count : type.bytes)
    }
    let trained = training.parameters.filter { !$0.name.hasPrefix("head.") }
    let copies = trained.reduce(0) { $0 + graph.type($1.value).bytes }
    let bytes = saved + copies
    #expect(abs(Double(bytes) / 1024 - scheme.kilobytes) < 0.1, "\(bytes) bytes: \(saved) saved, \(copies) trained")
    // Weights of so many channels and biases of so many layers, and no other.
    let layers = graph.layers.filter { $0.kind == .weighted }
    #expect(trained.count { graph.type($0.value).dtype == .i8 } == scheme.ratios.count { $0.value > 0 })
    #expect(trained.count { graph.type($0.value).dtype == .i32 } == min(scheme.biases, layers.count))
  }
}

extension Graph {
  fileprivate func isConvolution(_ id: ValueID) -> Bool {
    guard let op = node(content(of: id))?.op else { return false }
    return op is QuantizedConv || op is QuantizedDepthwise
  }
}

private struct Schemes: Decodable {
  struct Scheme: Decodable {
    let n_bias: Int
    let weights: [String: Double]
    let analytic_kb: Double

    var biases: Int { n_bias }
    var kilobytes: Double { analytic_kb }
    var ratios: [Int: Double] { Dictionary(uniqueKeysWithValues: weights.map { (Int($0.key) ?? -1, $0.value) }) }

    func policy(_ graph: Graph) -> UpdatePolicy {
      let layers = graph.layers.filter { $0.kind == .weighted }
      let convolutions = layers.dropLast()
      let entries = convolutions.enumerated().compactMap { index, layer -> UpdatePolicy.Entry? in
        let match = escapeGlob(graph[layer.weight].name)
        let hasBias = index >= convolutions.count - n_bias
        if let ratio = ratios[index], ratio > 0 {
          return .init(match: match, train: .region, ratio: ratio, bias: hasBias)
        }
        return hasBias ? .init(match: match, train: .bias) : nil
      }
      return UpdatePolicy(layers: entries + [.init(match: "head.*", train: .full)])
    }
  }

  let schemes: [String: Scheme]

  private static let folder = ProcessInfo.processInfo.environment["ESPALIER_SHARED"].map { $0 + "/models" }
  static func file(_ name: String) -> String { (folder ?? "") + "/" + name }
  static let areThere = FileManager.default.fileExists(atPath: file("mcunet-5fps-schemes.json"))

  static func all() throws -> [String: Scheme] {
    let json = try Data(contentsOf: URL(filePath: file("mcunet-5fps-schemes.json")))
    return try JSONDecoder().decode(Schemes.self, from: json).schemes
  }
}
