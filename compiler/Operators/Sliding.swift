import IR
import Runtime

/// How a window slides over a picture: steps [height, width], zero padding [top, left, bottom, right].
public struct Sliding: Hashable, Sendable {
  public var strides: [Int]
  public var pads: [Int]
  public var dilations: [Int]

  public init(strides: [Int] = [1, 1], pads: [Int] = [0, 0, 0, 0], dilations: [Int] = [1, 1]) {
    self.strides = strides
    self.pads = pads
    self.dilations = dilations
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    strides = try attributes.ints("strides", count: 2)
    pads = try attributes.ints("pads", count: 4)
    dilations = try attributes.ints("dilations", count: 2)
  }

  var entries: [(String, AttributeValue)] {
    [("strides", .ints(strides)), ("pads", .ints(pads)), ("dilations", .ints(dilations))]
  }

  /// Output height and width for an NHWC input and a kernel [height, width].
  ///
  /// - Throws: `ShapeError` where the input is no picture, the kernel does not fit, or a number is out of range.
  func output(_ op: String, _ input: TensorType, kernel: [Int]) throws(ShapeError) -> [Int] {
    guard input.rank == 4, input.dtype.isFloat || input.activation != nil else {
      throw ShapeError(op, "needs a picture NHWC, has \(input)")
    }
    let limit = 1 << 14
    for size in strides + dilations + kernel where size < 1 || size > limit {
      throw ShapeError(op, "kernel, strides and dilations are 1...\(limit), one is \(size)")
    }
    for pad in pads where pad < 0 || pad > limit { throw ShapeError(op, "pads are 0...\(limit), one is \(pad)") }
    for size in input.shape where size < 1 || size > 1 << 24 { throw ShapeError(op, "has \(input)") }
    var sizes: [Int] = []
    for axis in 0..<2 {
      let room = input.shape[1 + axis] + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel[axis] - 1) - 1
      guard room >= 0 else { throw ShapeError(op, "kernel \(kernel) is larger than the padded input \(input)") }
      let size = room / strides[axis] + 1
      guard size * strides[axis] < 1 << 28 else { throw ShapeError(op, "has \(input)") }
      sizes.append(size)
    }
    return sizes
  }

  /// The same as the kernels read it; the sizes are those that `output` found.
  func window(input: [Int], output: [Int], kernel: [Int]) -> Window {
    Window(
      input: [input[0], input[1], input[2]], output: [output[0], output[1]], kernel: [kernel[0], kernel[1]],
      strides: [strides[0], strides[1]], pads: [pads[0], pads[1]], dilations: [dilations[0], dilations[1]])
  }
}

extension Attributes {
  /// A list of exactly `count` integers.
  func ints(_ name: String, count: Int) throws(AttributeError) -> [Int] {
    let values = try ints(name)
    guard values.count == count else { throw AttributeError(name: name, expected: "\(count) integers") }
    return values
  }

  /// A range [start, end), if it is there.
  func region(_ name: String = "region") throws(AttributeError) -> Range<Int>? {
    guard self[name] != nil else { return nil }
    let bounds = try ints(name, count: 2)
    guard bounds[0] >= 0, bounds[0] < bounds[1] else { throw AttributeError(name: name, expected: "start < end") }
    return bounds[0]..<bounds[1]
  }

  static func regionEntries(_ region: Range<Int>?, rows: Range<Int>? = nil) -> [(String, AttributeValue)] {
    [("region", region), ("rows", rows)].compactMap { name, range in
      range.map { (name, .ints([$0.lowerBound, $0.upperBound])) }
    }
  }
}

extension Operator {
  /// Refuses tensors that the 32-bit sizes of the image cannot count.
  func countable(_ type: TensorType) throws(ShapeError) -> TensorType {
    guard TensorType.count(of: type.shape) ?? 0 > 0 else { throw ShapeError(Self.name, "has a result \(type)") }
    return type
  }

  /// Checks an operand's shape, and that it has the element type of `like`.
  func expect(_ type: TensorType, _ shape: [Int], like: TensorType, _ what: String) throws(ShapeError) {
    guard type.shape == shape, type.dtype == like.dtype else {
      throw ShapeError(Self.name, "\(what) must be \(TensorType(shape, like.dtype)), is \(type)")
    }
  }
}
