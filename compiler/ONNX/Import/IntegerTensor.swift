import IR

/// Integers known while importing: shapes, axes, amounts. Wraps around as its element type does.
struct IntegerTensor: Sendable {
  /// Most elements that are computed while importing; what is larger is no shape.
  static let largest = 1 << 20

  let shape: [Int]
  let values: [Int]
  let dtype: DType

  init(shape: [Int], values: [Int], dtype: DType = .i64) {
    self.shape = shape
    self.values = values.map { Self.wrap($0, dtype) }
    self.dtype = dtype
  }

  init(_ values: [Int]) { self.init(shape: [values.count], values: values) }

  /// The integers of a constant of an integer type.
  init(_ constant: Constant) {
    let width = constant.type.dtype.bytes(1)
    let isSigned = constant.type.dtype != .u8 && constant.type.dtype != .bool
    let values = constant.bytes().withUnsafeBytes { raw in
      (0..<constant.type.count).map { element in
        var bits: UInt64 = 0
        for byte in 0..<width { bits |= UInt64(raw[element * width + byte]) << UInt64(8 * byte) }
        let unused = UInt64(64 - 8 * width)
        return isSigned ? Int(Int64(bitPattern: bits << unused) >> Int64(unused)) : Int(bits)
      }
    }
    self.init(shape: constant.type.shape, values: values, dtype: constant.type.dtype)
  }

  private static func wrap(_ value: Int, _ dtype: DType) -> Int {
    switch dtype {
    case .i8: Int(Int8(truncatingIfNeeded: value))
    case .u8: Int(UInt8(truncatingIfNeeded: value))
    case .i16: Int(Int16(truncatingIfNeeded: value))
    case .i32: Int(Int32(truncatingIfNeeded: value))
    case .bool: value != 0 ? 1 : 0
    default: value
    }
  }

  /// The same values as a constant of the graph.
  var constant: Constant {
    let width = dtype.bytes(1)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * width)
    for value in values {
      for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    return Constant(TensorType(shape, dtype), bytes: bytes)
  }

  func reshaped(_ shape: [Int]) -> IntegerTensor { IntegerTensor(shape: shape, values: values, dtype: dtype) }

  /// The elements that a walk over `shape` meets: index times stride, from `start` on.
  func walked(_ shape: [Int], start: Int = 0, strides: [Int]) -> IntegerTensor {
    var result: [Int] = []
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<shape.reduce(1, *) {
      result.append(values[start + zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }])
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    return IntegerTensor(shape: shape, values: result, dtype: dtype)
  }

  var strides: [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }

  /// The tensor repeated to a shape that it broadcasts to.
  func expanded(_ target: [Int]) -> IntegerTensor {
    guard !target.contains(0) else { return IntegerTensor(shape: target, values: [], dtype: dtype) }
    let own = Array(repeating: 1, count: target.count - shape.count) + shape
    let full = Array(repeating: 0, count: target.count - shape.count) + strides
    return walked(target, strides: target.indices.map { own[$0] == 1 ? 0 : full[$0] })
  }
}

/// The shape that two operands broadcast to by numpy's rules; nil where they do not.
func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  let first = Array(repeating: 1, count: rank - a.count) + a
  let second = Array(repeating: 1, count: rank - b.count) + b
  var shape: [Int] = []
  for (x, y) in zip(first, second) {
    guard x == y || x == 1 || y == 1 else { return nil }
    shape.append(x == 1 ? y : x)
  }
  return shape
}

/// Most axes of a tensor; no network has so many, and work on axes grows with their square.
let mostAxes = 64

/// Elements of a tensor of this shape; nil where it is no shape, or has more than the 32-bit sizes of an image count.
///
/// The product of no part of such a shape overflows either: an axis without elements counts as one there.
func elementCount(_ shape: [Int]) -> Int? { shape.count <= mostAxes ? TensorType.count(of: shape) : nil }
