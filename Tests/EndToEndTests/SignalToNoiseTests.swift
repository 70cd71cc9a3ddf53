import IR
import Testing

@testable import Espalier

/// Scores of weights by themselves.
struct SignalToNoiseTests {
  @Test func singularValuesAreThoseOfKnownMatrices() {
    func near(_ a: [Double], _ b: [Double]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
    }
    #expect(near(singularValues([3, 0, 0, -4], 2, 2), [4, 3]))
    #expect(near(singularValues([1, 0, 0, 0, 2, 0], 2, 3), [2, 1]))
    #expect(near(singularValues([1, 1, 1, 1, 1, 1], 3, 2), [2.449489742783178, 0]))
    #expect(singularValues([], 0, 3).isEmpty)
  }

  /// A matrix of one direction and little noise is all signal; noise alone has next to none.
  @Test func structureStandsOut() {
    var generator = SeededGenerator(seed: 5)
    let noise = (0..<(32 * 48)).map { _ in generator.uniform(1) }
    let structured = noise.enumerated().map { index, value in
      0.01 * value + Float(index / 48 % 7 - 3) * Float(index % 48 % 5 - 2)
    }
    func ratio(_ matrix: [Float]) -> Double { signalToNoise(singularValues(matrix, 32, 48), 32, 48) }
    #expect(ratio(structured) > 5 * ratio(noise))
    #expect(signalToNoise([0, 0], 2, 2) == 0 && signalToNoise([], 0, 0) == 0)
  }
}
