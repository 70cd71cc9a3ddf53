/// Aligned floats that live as long as the process.
struct Floats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>

  init(_ count: Int) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * count, alignment: 64)
    base = bytes.bindMemory(to: Float.self).baseAddress!
    // The values do not matter to the time, as long as none is tiny.
    for index in 0..<count { base[index] = Float(index % 251) / 251 - 0.4 }
  }
}
