import Foundation
import Runtime
import Testing

/// Distance in units in the last place of the right result.
private func ulps(_ y: Float, _ right: Double) -> Double { abs(Double(y) - right) / Double(Float(right).ulp) }

@Test func expOfFloatsIsWithinTwoUnits() {
  var worst = 0.0
  for x in stride(from: Float(-87.3), through: 88.7, by: 0.00371) {
    worst = max(worst, ulps(Float.exp(x), Foundation.exp(Double(x))))
  }
  #expect(worst <= 2)
  #expect(Float.exp(0) == 1 && Float.exp(-.infinity) == 0 && Float.exp(.infinity) == .infinity)
  #expect(Float.exp(89) == .infinity && Float.exp(-100) == 0 && Float.exp(.nan).isNaN)
}

@Test func logOfFloatsIsWithinTwoUnits() {
  var worst = 0.0
  var x = 8 * Float.leastNonzeroMagnitude
  while x < 1e38 {
    worst = max(worst, ulps(Float.log(x), Foundation.log(Double(x))))
    x = max(x * 1.00093, x.nextUp)
  }
  #expect(worst <= 2)
  #expect(Float.log(1) == 0 && Float.log(0) == -.infinity && Float.log(.infinity) == .infinity)
  #expect(Float.log(-1).isNaN && Float.log(.nan).isNaN)
}

@Test func doublesAreGoodEnoughForCentralDifferences() {
  for x in stride(from: -700.0, through: 700, by: 0.137) {
    let right = Foundation.exp(x)
    #expect(abs(Double.exp(x) - right) <= 1e-15 * right)
  }
  var x = 1e-300
  while x < 1e300 {
    let right = Foundation.log(x)
    #expect(abs(Double.log(x) - right) <= 1e-15 * max(abs(right), 1e-3))
    x *= 1.37
  }
  #expect(Double.exp(0) == 1 && Double.log(1) == 0 && Double.log(0) == -.infinity && Double.log(-1).isNaN)
}
