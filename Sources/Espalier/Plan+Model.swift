import Foundation
import ONNX

extension Plan {
  /// Where the model that the plan was compiled from is looked for: where it was, and beside the plan.
  public var modelPaths: [String] {
    guard let reference = metadata.model else { return [] }
    let beside = URL(filePath: self.path).deletingLastPathComponent()
      .appending(path: URL(filePath: reference.path).lastPathComponent)
    return [reference.path, beside.relativePath]
  }

  /// The model that the plan was compiled from: where it was, else beside the plan.
  ///
  /// - Parameter path: where to look instead.
  /// - Throws: `EspalierError.modelNotFound`, `modelDiffers`, `noModel`, `import`.
  public func findModel(_ path: String? = nil) throws(EspalierError) -> ONNXModel {
    guard let reference = metadata.model else { throw .noModel }
    let candidates = path.map { [$0] } ?? modelPaths
    var other: String?
    for candidate in candidates where FileManager.default.fileExists(atPath: candidate) {
      let model: ONNXModel
      do { model = try ONNXModel(path: candidate) } catch { throw .import(error) }
      if hexadecimal(model.digest) == reference.sha256 { return model }
      other = other ?? candidate
    }
    if let other { throw .modelDiffers(path: other) }
    throw .modelNotFound(searched: candidates)
  }
}

/// Two digits a byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
