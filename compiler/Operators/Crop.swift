import IR
import Runtime

/// Where a patch of a batch of pictures lies: ranges of samples, rows and columns; all channels.
public struct PatchBox: Hashable, Sendable {
  public var samples: Range<Int>
  public var rows: Range<Int>
  public var columns: Range<Int>

  public init(samples: Range<Int>, rows: Range<Int>, columns: Range<Int>) {
    self.samples = samples
    self.rows = rows
    self.columns = columns
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    let start = try attributes.ints("start", count: 3)
    let size = try attributes.ints("size", count: 3)
    guard start.allSatisfy({ 0..<1 << 30 ~= $0 }), size.allSatisfy({ 1..<1 << 30 ~= $0 }) else {
      throw AttributeError(name: "size", expected: "three positive sizes")
    }
    samples = start[0]..<start[0] + size[0]
    rows = start[1]..<start[1] + size[1]
    columns = start[2]..<start[2] + size[2]
  }

  var ranges: [Range<Int>] { [samples, rows, columns] }
  var size: [Int] { ranges.map(\.count) }
  var entries: [(String, AttributeValue)] {
    [("start", .ints(ranges.map(\.lowerBound))), ("size", .ints(size))]
  }

  /// Type of the patch of a picture.
  ///
  /// - Throws: `ShapeError` where the patch is not inside.
  func type(_ op: String, in picture: TensorType) throws(ShapeError) -> TensorType {
    guard picture.rank == 4, picture.dtype == .f32 || picture.activation != nil,
      zip(ranges, picture.shape).allSatisfy({ !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= $1 })
    else { throw ShapeError(op, "has no box \(size) at \(ranges.map(\.lowerBound)) in \(picture)") }
    return picture.with(shape: size + [picture.shape[3]])
  }

  func parameters(_ picture: TensorType, hasPicture: Bool) -> CropParameters {
    let s = picture.shape
    return CropParameters(
      picture: [s[0], s[1], s[2], s[3]], start: [samples.lowerBound, rows.lowerBound, columns.lowerBound],
      size: [samples.count, rows.count, columns.count], isInteger: picture.dtype == .i8, hasPicture: hasPicture)
  }
}

/// A patch of a batch of pictures NHWC, f32 or int8.
public struct Crop: IntegerOperator {
  public static let name = "crop"
  public static let opcode = OpCode.crop
  public static var samples: [Sample] {
    let box = PatchBox(samples: 1..<2, rows: 0..<2, columns: 2..<5)
    return [TensorType(3, 4, 5, 2), .activation([2, 3, 5, 3], scale: 1, zeroPoint: 0)].map { Sample(Crop(box), $0) }
  }

  public let box: PatchBox
  public init(_ box: PatchBox) { self.box = box }
  public init(attributes: Attributes) throws(AttributeError) { box = try PatchBox(attributes) }
  public var attributes: Attributes { Attributes(box.entries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try box.type(Self.name, in: only(inputs))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(box.parameters(inputs[0], hasPicture: false))
  }
}

/// A batch of pictures with a patch written into it, in place; without a batch so far, zeros lie around the patch.
///
/// Operands: the pictures so far, if any; the patch.
public struct Paste: IntegerOperator {
  public static let name = "paste"
  public static let opcode = OpCode.paste
  public static var samples: [Sample] {
    let box = PatchBox(samples: 0..<1, rows: 1..<3, columns: 2..<5)
    let types: [TensorType] = [TensorType(2, 4, 5, 2), .activation([1, 3, 5, 3], scale: 1, zeroPoint: 0)]
    return types.flatMap { picture in
      let part = picture.with(shape: box.size + [picture.shape[3]])
      return [
        Sample(Paste(box, into: picture.shape, isFirst: false), picture, part),
        Sample(Paste(box, into: picture.shape, isFirst: true), part),
      ]
    }
  }

  public let box: PatchBox
  /// Samples, height, width and channels of the pictures.
  public let shape: [Int]
  /// Whether there are no pictures so far.
  public let isFirst: Bool

  public init(_ box: PatchBox, into shape: [Int], isFirst: Bool) {
    self.box = box
    self.shape = shape
    self.isFirst = isFirst
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try PatchBox(attributes), into: try attributes.ints("into", count: 4), isFirst: try attributes.bool("isFirst"))
  }

  public var attributes: Attributes {
    Attributes(box.entries + [("into", .ints(shape)), ("isFirst", .int(isFirst ? 1 : 0))])
  }

  public var sharing: Sharing { isFirst ? .none : .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let part = inputs.last, inputs.count == (isFirst ? 1 : 2) else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    let picture = try countable(part.with(shape: shape))
    guard try box.type(Self.name, in: picture) == part, isFirst || inputs[0] == picture else {
      throw ShapeError(Self.name, "has \(inputs) for \(picture)")
    }
    return picture
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(PasteParameters(box.parameters(output, hasPicture: !isFirst)))
  }
}
