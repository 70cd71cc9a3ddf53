import Runtime

extension Bytes {
  /// A name of an image, which is UTF-8.
  var text: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}
