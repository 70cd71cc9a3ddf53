/// How often the values of a tensor fall between its ends, in bins of equal width; zeros are counted apart, as they are
/// rounded without error whatever the range.
struct Histogram {
  static let bins = 2048

  let low: Double
  let high: Double
  private(set) var counts = [Int](repeating: 0, count: Histogram.bins)
  private(set) var zeros = 0

  init(_ range: ValueRange) {
    low = range.low
    high = range.high
  }

  private var width: Double { (high - low) / Double(Histogram.bins) }
  var total: Int { counts.reduce(zeros, +) }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    guard high > low else { return zeros += values.count }
    let (start, inverse) = (Float(low), Float(1 / width))
    for value in values {
      if value == 0 {
        zeros += 1
      } else {
        counts[min(max(Int((value - start) * inverse), 0), Histogram.bins - 1)] += 1
      }
    }
  }

  private func center(_ bin: Int) -> Double { low + (Double(bin) + 0.5) * width }

  /// The range that leaves out at most a share of `1 − percentile / 100` of the values at either end.
  func range(percentile: Double) -> ValueRange {
    let allowed = Int(Double(total) * (1 - percentile / 100))
    var (first, last) = (0, Histogram.bins - 1)
    var left = allowed
    while first < last, center(first) < 0, counts[first] <= left {
      left -= counts[first]
      first += 1
    }
    left = allowed
    while last > first, center(last) > 0, counts[last] <= left {
      left -= counts[last]
      last -= 1
    }
    return ValueRange(low: low + Double(first) * width, high: low + Double(last + 1) * width)
  }

  /// The range with the smallest mean squared error of 8-bit integers: s²/12 within, the distance squared outside.
  func rangeOfLeastError() -> ValueRange {
    guard high > low else { return ValueRange(low: low, high: high) }
    var best = ValueRange(low: low, high: high)
    var least = squaredError(best)
    let shares = stride(from: 99, through: 20, by: -1).map { Double($0) / 100 }
    // The upper end, then the lower one, then the upper one again: each only moves while it helps.
    for isUpper in [true, false, true] {
      let start = best
      for share in shares {
        let candidate =
          isUpper ? ValueRange(low: start.low, high: high * share) : ValueRange(low: low * share, high: start.high)
        let error = squaredError(candidate)
        if error < least { (best, least) = (candidate, error) }
      }
    }
    return best
  }

  private func squaredError(_ range: ValueRange) -> Double {
    let (low, high) = (min(range.low, 0), max(range.high, 0))
    let step = (high - low) / 255
    let rounding = step * step / 12
    var sum = 0.0
    for (bin, count) in counts.enumerated() where count > 0 {
      let value = center(bin)
      let outside = value > high ? value - high : value < low ? low - value : 0
      sum += Double(count) * (outside > 0 ? outside * outside : rounding)
    }
    return sum
  }
}
