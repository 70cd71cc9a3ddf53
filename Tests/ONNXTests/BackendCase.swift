import Foundation
import IR
import Samples
import Testing

/// A case that Tests/Oracle/dump_backend_cases.py has written.
struct BackendCase: Decodable {
  struct Tensor: Decodable {
    let name: String
    let file: String
  }

  let name: String
  let kind: String
  let rtol: Double
  let atol: Double
  let inputs: [Tensor]
  let outputs: [Tensor]

  /// The folder of all cases; nil where they have not been written.
  static let folder = ProcessInfo.processInfo.environment["ESPALIER_ORACLE"].map { $0 + "/cases" }

  /// The cases of a kind, by name.
  static func all(_ kind: String) throws -> [BackendCase] {
    let path = try #require(folder) + "/" + kind
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)/case.json"))
      return try JSONDecoder().decode(BackendCase.self, from: data)
    }
  }

  var path: String { "\(Self.folder ?? "")/\(kind)/\(name)" }
  var model: String { path + "/model.onnx" }

  func array(_ tensor: Tensor) throws -> NumPyArray {
    let file = "\(path)/\(tensor.file)"
    let bytes = try FileBytes(path: file)
    return try NumPyArray(npy: bytes, 0, bytes.count, path: file, name: tensor.name)
  }
}
