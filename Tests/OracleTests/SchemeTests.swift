import Foundation
import Select
import Support
import Testing

/// Published sparse-update schemes of a real network, written as policy files.
@Suite(.enabled(if: Oracle.isPrepared), .enabled(if: PublishedNetwork.isThere, "needs ../shared/data"))
struct SchemeTests {
  /// Layers whose weights train, the classifier with them, and layers whose biases train.
  static let schemes = [("49kb", 4, 21), ("74kb", 5, 22), ("99kb", 7, 23), ("124kb", 7, 25), ("148kb", 7, 24)]

  @Test(arguments: schemes)
  func isAPolicy(name: String, weights: Int, biases: Int) throws {
    let folder = try ScratchFolder()
    try PublishedNetwork.writePolicies(into: folder)
    let json = try Data(contentsOf: URL(fileURLWithPath: folder.file(name + ".json")))
    let policy = try UpdatePolicy(json: [UInt8](json))
    #expect(policy.layers.filter { $0.train != .bias }.count == weights)
    #expect(policy.layers.filter { $0.bias ?? true }.count == biases)
  }
}

/// A published int8 network and its schemes, where test data is shared.
enum PublishedNetwork {
  private static let folder = ProcessInfo.processInfo.environment["ESPALIER_SHARED"].map { $0 + "/models" }

  static let isThere = folder.map { FileManager.default.fileExists(atPath: $0 + "/mcunet-5fps-int8.onnx") } ?? false

  static var model: String { (folder ?? "") + "/mcunet-5fps-int8.onnx" }

  /// Writes each scheme as a policy for the network with a new classifier.
  static func writePolicies(into scratch: ScratchFolder) throws {
    let oracle = try #require(Oracle.prepared)
    let schemes = (folder ?? "") + "/mcunet-5fps-schemes.json"
    try oracle.expect("scheme_policies.py", [schemes, model, "-o", scratch.path], "schemes")
  }
}
