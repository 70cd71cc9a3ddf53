import Foundation
import ONNX

/// A network in an ONNX file; weights stay in the file until a plan is made of them.
public struct Model: Sendable {
  public let file: ONNXModel

  public init(file: ONNXModel) { self.file = file }

  /// - Throws: `ImportError`.
  public init(path: String) throws(ImportError) { file = try ONNXModel(path: path) }

  /// - Throws: `ImportError`.
  public init(contentsOf url: URL) throws(ImportError) { try self.init(path: url.path) }
}
