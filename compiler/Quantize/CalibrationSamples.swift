/// Samples as the network is to see them, normalized.
public struct CalibrationSamples {
  public let count: Int
  /// One sample as the graph keeps it: rows x columns x channels.
  let sample: (Int) -> [Float]

  public init(count: Int, sample: @escaping (Int) -> [Float]) {
    self.count = count
    self.sample = sample
  }

  /// Samples that are run where at most `wanted` may be: whole batches, or all of them where they fill none.
  func distinct(_ wanted: Int, batch: Int) -> Int {
    let allowed = min(wanted, count)
    return allowed < batch ? allowed : allowed / batch * batch
  }

  /// Bytes of at most `wanted` samples that are spread evenly over all of them, in batches; the same ones again where
  /// they do not fill one.
  func batches(of size: Int, count wanted: Int) -> [[UInt8]] {
    let taken = distinct(wanted, batch: size)
    return (0..<max(1, taken / size)).map { batch in
      (0..<size).flatMap { slot in
        sample((batch * size + slot) % taken * count / taken).withUnsafeBytes { [UInt8]($0) }
      }
    }
  }
}
