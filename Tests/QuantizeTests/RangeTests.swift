import IR
import Testing

@testable import Quantize

/// Ranges of activations and the integers that cover them.
struct RangeTests {
  private func histogram(_ values: [Float]) -> Histogram {
    var range = ValueRange()
    _ = values.withUnsafeBufferPointer { range.add($0) }
    var histogram = Histogram(range)
    values.withUnsafeBufferPointer { histogram.add($0) }
    return histogram
  }

  /// The sum of twelve uniform numbers: nearly normal, of deviation 1.
  private func normal(_ count: Int) -> [Float] {
    var generator = SeededGenerator(seed: 5)
    return (0..<count).map { _ in
      var sum: Float = 0
      for _ in 0..<12 { sum += generator.uniform(1) }
      return sum / 2
    }
  }

  /// Mean squared error of rounding to the integers of a range.
  private func error(_ values: [Float], _ range: ValueRange) -> Double {
    let form = range.int8
    var sum = 0.0
    for value in values {
      let integer = min(max((value / form.scale).rounded(.toNearestOrEven) + Float(form.zeroPoint), -128), 127)
      let difference = Double((integer - Float(form.zeroPoint)) * form.scale - value)
      sum += difference * difference
    }
    return sum / Double(values.count)
  }

  @Test func theEndsOfARangeAreTheEndsOfTheIntegers() {
    let form = ValueRange(low: -1, high: 3).int8
    #expect(form.scale == Float(4.0 / 255) && form.zeroPoint == -64)
    #expect(ValueRange(low: 0, high: 6).int8 == .init(scale: Float(6.0 / 255), zeroPoint: -128))
    #expect(ValueRange(low: -6, high: 0).int8.zeroPoint == 127)
  }

  @Test func zeroIsInEveryRange() {
    #expect(ValueRange(low: 2, high: 4).int8 == ValueRange(low: 0, high: 4).int8)
    #expect(ValueRange(low: -4, high: -2).int8 == ValueRange(low: -4, high: 0).int8)
    #expect(ValueRange(low: 0, high: 0).int8 == .init(scale: 1, zeroPoint: 0))
  }

  @Test func valuesThatAreNoNumbersAreFound() {
    for bad in [Float.nan, .infinity, -.infinity] {
      var range = ValueRange()
      #expect(![1, bad, 2].withUnsafeBufferPointer { range.add($0) })
    }
    var range = ValueRange()
    #expect([1, -2].withUnsafeBufferPointer { range.add($0) } && range == ValueRange(low: -2, high: 1))
  }

  @Test func percentilesLeaveOutliersOut() {
    let values = (0..<10_000).map { Float($0 % 1000) / 1000 } + [100]
    #expect(histogram(values).range(percentile: 99.9).high < 1.1)
    #expect(histogram(values).range(percentile: 100).high == 100)
    #expect(histogram(values.map { -$0 }).range(percentile: 99.9).low > -1.1)
  }

  @Test func leastErrorIsBelowThatOfMinimumAndMaximum() {
    let values = normal(4000) + [40]
    let all = ValueRange(low: Double(values.min() ?? 0), high: 40)
    let best = histogram(values).rangeOfLeastError()
    let errors = (best: error(values, best), all: error(values, all))
    #expect(best.high < 40)
    #expect(errors.best < errors.all)
  }

  @Test func leastErrorKeepsWhatManyValuesAre() {
    // A third of the values is at the upper end, as behind a clip.
    let values = normal(3000).map { min(max($0 * 3, 0), 1) }
    #expect(abs(histogram(values).rangeOfLeastError().high - 1) < 0.011)
  }

  @Test func allEqualValuesHaveARange() {
    let constant = histogram([Float](repeating: 3, count: 10))
    #expect(constant.rangeOfLeastError() == ValueRange(low: 3, high: 3))
    #expect(constant.total == 10)
  }
}
