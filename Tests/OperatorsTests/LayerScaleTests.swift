import Evaluate
import IR
import Operators
import Runtime
import Support
import Testing

/// Multipliers that boards compute are those that the compiler does.
@Test func multipliersAreThoseOfTheCompiler() throws {
  var generator = SeededGenerator(seed: 12)
  let scales = (0..<500).map { _ in
    Float.random(in: 0..<1, using: &generator) * Float.random(in: 0..<1, using: &generator)
  }
  let (input, output) = (Float(0.013), Float(0.21))
  let type = TensorType(scales.count)
  let result = try Evaluator().run(
    LayerMultipliers(input: input, output: output), [type], [bytes(scales)], TensorType([scales.count, 2], .i32))
  #expect(result == requantization(input: input, weights: scales, output: output).bytes())
}

/// The nearest mantissa of 31 bits, as the rounding of the language finds it.
@Test func factorsAreTheNearest() {
  var generator = SeededGenerator(seed: 13)
  for _ in 0..<20_000 {
    let factor =
      Double.random(in: 1..<2, using: &generator)
      * Double(sign: .plus, exponent: Int.random(in: -33...27, using: &generator), significand: 1)
    let found = FixedPoint(factor)
    let exponent = factor.exponent
    let mantissa = (factor * Double(sign: .plus, exponent: 30 - exponent, significand: 1)).rounded()
    let value = Double(found.multiplier) * Double(sign: .plus, exponent: -Int(found.shift), significand: 1)
    #expect(value == mantissa * Double(sign: .plus, exponent: exponent - 30, significand: 1))
    #expect(found.multiplier >= 1 << 30)
  }
  let top = FixedPoint((2 as Double).nextDown)
  #expect(top == FixedPoint(multiplier: 1 << 30, shift: 29))
  for nothing in [0, -1, 0x1p-33, 0x1p-41, Double.nan] {
    #expect(FixedPoint(nothing) == FixedPoint(multiplier: 0, shift: 1))
  }
  #expect(FixedPoint(.infinity).shift > 0)
}

/// Halves go to the even integer, for factors that leave next to nothing, too.
@Test func productsAreRoundedOnce() {
  var generator = SeededGenerator(seed: 14)
  for _ in 0..<20_000 {
    let factor = Double(sign: .plus, exponent: Int.random(in: -40 ... -1, using: &generator), significand: 1)
    let value = Int32.random(in: .min ... .max, using: &generator)
    #expect(FixedPoint(factor).scale(value) == Int32((Double(value) * factor).rounded(.toNearestOrEven)))
  }
}

/// A scale stays positive, whatever training makes of its factor.
@Test func scalesStayPositive() throws {
  let gains: [Float] = [1, 2, 0, -3, .nan, 0x1p-10]
  let before: [Float] = [0.5, 0.25, 0.5, 0.5, 0.5, 1]
  let type = TensorType(gains.count)
  let result = try Evaluator().run(LayerScales(), [type, type], [bytes(gains), bytes(before)], type)
  let scales = elements(result, as: Float.self)
  #expect(scales[..<4] == [0.5, 0.5, 0.5 * 0x1p-10, 0.5 * 0x1p-10])
  #expect(!(scales[4] <= 0) && scales[5] == 0x1p-10)
}

/// Dead channels get no gradient; the others (Σ h·y)·s_w / s².
@Test func deadChannelsGetNoGradient() throws {
  let type = TensorType(3)
  let operands: [[Float]] = [[6, 6, 6], [0.5, 1e-12, 2], [0.25, 0, 2]]
  let result = try Evaluator().run(LayerScalesGrad(), [type, type, type], operands.map { bytes($0) }, type)
  #expect(elements(result, as: Float.self) == [6, 0, 3])
}
