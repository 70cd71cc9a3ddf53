extension Image {
  /// The bytes of a plan without what may stand behind its digest, where its header says how long it is.
  public static func withoutTrailer(_ bytes: Bytes) -> Bytes {
    guard bytes.count >= ImageHeader.size, bytes.load(0, as: UInt64.self) == ImageHeader.magic else { return bytes }
    let length = bytes.load(0, as: ImageHeader.self).length
    guard length >= zeroExtended(ImageHeader.size), length < zeroExtended(bytes.count) else { return bytes }
    let end = Int(truncatingIfNeeded: length)
    guard bytes.count &- end >= 8, bytes.load(end, as: UInt64.self) == GoldenSteps.magic else { return bytes }
    return bytes.slice(0, end)
  }
}
