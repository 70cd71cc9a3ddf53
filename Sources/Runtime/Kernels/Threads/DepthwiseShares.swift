import CKernels

/// How threads share a depthwise kernel: each takes some pictures, which the layers beside it leave in its cache, or some
/// channels. Pictures have nothing to do with each other, and neither have channels.
struct DepthwiseShares {
  struct Share {
    let pictures: Range<Int>
    let channels: Range<Int>
  }

  let threads: Int
  private let pictures: Int
  private let channels: Int
  private let splitsPictures: Bool

  /// - Parameters:
  ///   - pixels: of all pictures.
  ///   - areApart: whether what is written of a picture lies over nothing that is read of another.
  ///   - scratch: bytes that the row has.
  init(_ shape: DepthwiseShape, pixels: Int, taps: Int, areApart: Bool = false, scratch: Int = 0) {
    (pictures, channels) = (Int(shape.window.batch), Int(shape.channels))
    // A product takes some four times as long as one of a tile.
    let most = RowShares.threads(pixels, 4 &* taps, channels, scratch: areApart ? scratch : 0)
    splitsPictures = areApart && pictures % most == 0
    threads = splitsPictures ? most : min(most, (channels &+ Self.step(channels) &- 1) / Self.step(channels))
  }

  subscript(thread: Int) -> Share {
    if splitsPictures {
      return Share(pictures: RowShares.part(thread, of: threads, pictures, step: 1), channels: 0..<channels)
    }
    return Share(
      pictures: 0..<pictures,
      channels: RowShares.part(thread, of: threads, channels, step: Self.step(channels)))
  }

  /// The line of a thread for outputs that are written late: that of the row for all that share its pictures.
  func line(_ thread: Int, _ row: Elements<UInt8>, from start: Int) -> Elements<Int8> {
    (splitsPictures ? RowShares.scratch(thread, row) : row).from(start).rebound()
  }

  /// Neighbours write to different cache lines where there are channels enough; C takes blocks of 16.
  private static func step(_ channels: Int) -> Int { channels >= 256 ? 64 : 16 }
}

extension DepthwiseShape {
  /// Whether no picture of the output lies over another one of the input: the tensors are apart, or their pictures are of
  /// one size and each lies over itself.
  ///
  /// - Parameter bytes: of an element of the output.
  func areApart(_ output: Elements<Int8>, bytes: Int, _ input: Elements<Int8>) -> Bool {
    let (first, second) = unsafe (UInt(bitPattern: output.pointer), UInt(bitPattern: input.pointer))
    let ends = (first &+ UInt(output.count &* bytes), second &+ UInt(input.count))
    if ends.0 <= second || ends.1 <= first { return true }
    return first == second && bytes == 1 && window.inputPixels == window.outputPixels
  }
}
