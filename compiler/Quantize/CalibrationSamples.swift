/// Height, width and channels of one sample; plain features are channels.
public struct SampleShape: Hashable, Sendable {
  public let height: Int
  public let width: Int
  public let channels: Int

  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  public var count: Int { height * width * channels }
}

/// Samples as the network is to see them, normalized.
public struct CalibrationSamples {
  public let count: Int
  /// Height x width x channels of one sample.
  let sample: (Int) -> [Float]

  public init(count: Int, sample: @escaping (Int) -> [Float]) {
    self.count = count
    self.sample = sample
  }

  /// Bytes of `count` samples that are spread evenly over all of them, in batches; the first ones again where a batch
  /// would not be full.
  func batches(of size: Int, count wanted: Int) -> [[UInt8]] {
    let taken = min(wanted, count)
    let batches = max(1, taken / size)
    let total = batches * size
    return (0..<batches).map { batch in
      (0..<size).flatMap { slot in
        let position = batch * size + slot
        let index = total <= count ? position * count / total : position % count
        return sample(index).withUnsafeBytes { [UInt8]($0) }
      }
    }
  }
}
