import Runtime
import Support

extension [UInt8] {
  /// The same file with the digest that its bytes call for.
  func sealed() -> [UInt8] {
    guard count > Digest.size else { return self }
    let body = dropLast(Digest.size)
    let digest = AlignedBytes(Array(body))
    return Array(body) + Swift.withUnsafeBytes(of: Digest(of: digest.bytes)) { [UInt8]($0) }
  }
}

extension String {
  /// A name in the folder for temporary files that no other test uses.
  static func temporaryPath(_ name: String) -> String { "/tmp/espalier-\(name)-\(UInt64.random(in: 0...(.max)))" }
}

func floats(_ elements: Elements<Float>?) -> [Float] {
  elements.map { e in (0..<e.count).map { e[$0] } } ?? []
}
