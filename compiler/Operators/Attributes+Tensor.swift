import IR

extension Attributes {
  /// Sizes of a tensor whose elements can be counted.
  var shape: [Int] {
    get throws(AttributeError) {
      let value = try ints("shape")
      guard TensorType.count(of: value) != nil else {
        throw AttributeError(name: "shape", expected: "the sizes of a tensor")
      }
      return value
    }
  }

  /// The zero point of an activation of 8 bits.
  var zeroPoint: Int {
    get throws(AttributeError) {
      let value = try int("zeroPoint")
      guard -128 <= value, value <= 127 else {
        throw AttributeError(name: "zeroPoint", expected: "an integer from -128 to 127")
      }
      return value
    }
  }
}
