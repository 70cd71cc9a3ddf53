import CKernels

/// How threads share a depthwise kernel: each takes some channels, which have nothing to do with each other.
struct ChannelShares {
  let threads: Int
  private let channels: Int
  private let step: Int

  init(_ shape: DepthwiseShape, pixels: Int, taps: Int) {
    channels = Int(shape.channels)
    // Neighbours write to different cache lines where there are channels enough; C takes blocks of 16.
    step = channels >= 256 ? 64 : 16
    // A product takes some four times as long as one of a tile.
    let most = RowShares.threads(pixels, 4 &* taps, channels)
    threads = min(most, (channels &+ step &- 1) / step)
  }

  subscript(thread: Int) -> Range<Int> { RowShares.part(thread, of: threads, channels, step: step) }
}
