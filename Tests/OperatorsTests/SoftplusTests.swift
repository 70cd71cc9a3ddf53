import Evaluate
import Foundation
import IR
import Operators
import Support
import Testing

/// What a function of one operand makes of numbers, in single precision.
private func values(_ op: any Operator, _ operands: [Float]...) throws -> [Float] {
  let type = TensorType(operands[0].count)
  return elements(try Evaluator().run(op, operands.map { _ in type }, operands.map { bytes($0) }, type), as: Float.self)
}

/// Functions of eˣ where that is next to nothing, or more than a float holds.
struct SoftplusTests {
  private let points = stride(from: Float(-80), through: 80, by: 0.0625).map { $0 }

  @Test func itsDigitsAreRightEverywhere() throws {
    for (x, y) in zip(points, try values(Softplus(), points)) {
      let right = max(Double(x), 0) + log1p(exp(-abs(Double(x))))
      #expect(abs(Double(y) - right) <= 4e-7 * right, "\(x): \(y), not \(right)")
    }
  }

  /// The slope is the logistic function of the argument, though only the result is there.
  @Test func soAreThoseOfItsSlope() throws {
    let results = points.map { Float(max(Double($0), 0) + log1p(exp(-abs(Double($0))))) }
    for (x, dx) in zip(points, try values(SoftplusGrad(), points.map { _ in 1 }, results)) {
      let right = 1 / (1 + exp(-Double(x)))
      #expect(abs(Double(dx) - right) <= 6e-7 * right, "\(x): \(dx), not \(right)")
    }
  }

  @Test func mishAndItsSlopeToo() throws {
    let ones = points.map { _ in Float(1) }
    for (x, (y, dx)) in zip(points, zip(try values(Mish(), points), try values(MishGrad(), ones, points))) {
      let (x, softplus) = (Double(x), max(Double(x), 0) + log1p(exp(-abs(Double(x)))))
      let gate = tanh(softplus)
      // 1 − tanh² without the difference.
      let slope = 1 / (cosh(softplus) * cosh(softplus)) / (1 + exp(-x))
      #expect(abs(Double(y) - x * gate) <= 6e-7 * abs(x * gate), "\(x): \(y)")
      #expect(abs(Double(dx) - (gate + x * slope)) <= 6e-7 * (gate + abs(x * slope)), "\(x): \(dx)")
    }
    #expect(try values(Mish(), [1000, -1000, .infinity]) == [1000, 0, .infinity])
    #expect(try values(MishGrad(), [3, 3], [1000, -1000]) == [3, 0])
  }

  @Test func extremesStayWhatTheyAre() throws {
    let y = try values(Softplus(), [1000, -1000, .infinity, -.infinity, .nan])
    #expect(Array(y[..<4]) == [1000, 0, .infinity, 0] && y[4].isNaN)
    #expect(try values(SoftplusGrad(), [3, 3, 3], [0, 1000, .infinity]) == [0, 3, 3])
  }
}
