import Testing

@testable import Runtime

/// The random bits of rounding: the numbers that the format lays down, and what they are for.
@Suite struct RoundingNoiseTests {
  private func noise(_ seed: UInt32, _ step: UInt32, _ tensor: UInt32) -> RoundingNoise {
    RoundingNoise(key: CounterGenerator(seed: seed, step: step, tensor: tensor).key)
  }

  /// Computed with NumPy from the formulas of the format.
  @Test func numbersAreThoseOfTheFormat() {
    let first = noise(1, 0, 0)
    #expect(first.key == 0xc42c_5a1a_a382_0138)
    #expect((0..<8).map { first[$0] } == [36969, 15663, 1682, 33921, 29006, 52699, 19572, 5444])
    let moments = RoundingNoise(key: ~first.key)
    #expect((0..<6).map { moments[$0] } == [33540, 18513, 52226, 44856, 37378, 3564])
    let later = noise(7, 123_456, 41)
    #expect((0..<6).map { later[$0] } == [53899, 23899, 488, 59980, 23667, 35182])
  }

  /// Of 65,536 weights that move by 0.3 of a step, three tenths move, within three standard deviations of 117; none moves
  /// that has no step.
  @Test func theMeanOfRoundingIsThatOfTheSteps() {
    let noise = noise(1, 0, 0)
    let up = { (value: Float) in
      (0..<65_536).reduce(0) { $0 + Int(UpdateRounding.stochastic.round(value, noise[$1])) }
    }
    #expect(up(0.3) == 19_769)
    #expect(abs(up(0.3) - 19_661) < 3 * 117)
    #expect(up(-0.3) == up(0.7) - 65_536)
    #expect(up(0) == 0)
    #expect(up(1) == 65_536)
    #expect(up(-1) == -65_536)
  }
}
