/// A patch of a batch of pictures, as a tensor of its own. Operands of `crop`: patch, picture; of `paste`: new picture,
/// picture where there is one, patch.
public struct CropParameters: KernelParameters {
  /// Samples, height, width and channels of the picture batch.
  public var batch: Int32
  public var height: Int32
  public var width: Int32
  public var channels: Int32
  /// Where the patch begins.
  public var firstSample: Int32
  public var top: Int32
  public var left: Int32
  public var samples: Int32
  public var rows: Int32
  public var columns: Int32
  /// 1 for int8, 0 for f32.
  public var isInteger: Int32
  /// 1 where `paste` has a picture to write into; else what lies around the patch becomes 0.
  public var hasPicture: Int32

  /// - Parameters:
  ///   - picture: samples, height, width, channels
  ///   - start: first sample, row and column of the patch
  ///   - size: samples, rows and columns of the patch
  public init(picture: [4 of Int], start: [3 of Int], size: [3 of Int], isInteger: Bool, hasPicture: Bool) {
    batch = Int32(picture[0])
    height = Int32(picture[1])
    width = Int32(picture[2])
    channels = Int32(picture[3])
    firstSample = Int32(start[0])
    top = Int32(start[1])
    left = Int32(start[2])
    samples = Int32(size[0])
    rows = Int32(size[1])
    columns = Int32(size[2])
    self.isInteger = isInteger ? 1 : 0
    self.hasPicture = hasPicture ? 1 : 0
  }

  private var isSane: Bool {
    isInside(firstSample, samples, batch) && isInside(top, rows, height) && isInside(left, columns, width)
      && (isInteger == 0 || isInteger == 1) && (hasPicture == 0 || hasPicture == 1)
  }

  private func isInside(_ start: Int32, _ size: Int32, _ limit: Int32) -> Bool {
    start >= 0 && size > 0 && size <= limit && start <= limit &- size
  }

  fileprivate var picture: Int? { isSane ? (Extent() * batch * height * width * channels).value : nil }
  fileprivate var box: Int? { isSane ? (Extent() * samples * rows * columns * channels).value : nil }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: hasPicture == 0 ? box : nil
    case 1: hasPicture == 0 ? picture : nil
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType { .element(isInteger == 1 ? .i8 : .f32) }

  /// The rows of the patch: `body(first element in the picture, first element in the patch, elements)`.
  @inline(__always)
  fileprivate func forRows(_ body: (Int, Int, Int) -> Void) {
    let count = Int(columns) &* Int(channels)
    var row = 0
    for sample in Int(firstSample)..<Int(firstSample &+ samples) {
      for y in Int(top)..<Int(top &+ rows) {
        let pixel = (sample &* Int(height) &+ y) &* Int(width) &+ Int(left)
        body(pixel &* Int(channels), row &* count, count)
        row &+= 1
      }
    }
  }
}

/// The same numbers, with the operands of `paste`.
public struct PasteParameters: KernelParameters {
  public var box: CropParameters

  public init(_ box: CropParameters) { self.box = box }

  private var last: Int { Int(box.hasPicture) &+ 1 }

  public var operandCount: Int { box.hasPicture == 1 ? 3 : 2 }

  public func extent(of index: Int) -> Int? {
    guard let picture = box.picture, index <= last else { return nil }
    return index == last ? box.box : picture
  }

  public func type(of index: Int) -> OperandType { box.type(of: index) }
}

/// Copies a patch out of a picture.
func crop(_ call: Call) {
  let p = call.parameters(CropParameters.self)
  if p.isInteger == 1 { crop(call, p, Int8.self) } else { crop(call, p, Float.self) }
}

private func crop<T: BitwiseCopyable>(_ call: Call, _ p: CropParameters, _: T.Type) {
  let (box, picture) = (call.elements(0, T.self), call.elements(1, T.self))
  p.forRows { from, to, count in box.from(to).first(count).copy(picture.from(from)) }
}

/// Copies a patch into a picture.
func paste(_ call: Call) {
  let p = call.parameters(PasteParameters.self).box
  if p.isInteger == 1 { paste(call, p, Int8(0)) } else { paste(call, p, Float(0)) }
}

private func paste<T: BitwiseCopyable>(_ call: Call, _ p: CropParameters, _ zero: T) {
  // An operand may be longer than what the kernel touches of it.
  let picture = call.elements(0, T.self).first(p.picture ?? 0)
  let box = call.elements(Int(p.hasPicture) &+ 1, T.self)
  if p.hasPicture == 1 { picture.copy(call.elements(1)) } else { picture.fill(zero) }
  p.forRows { to, from, count in picture.from(to).first(count).copy(box.from(from)) }
}
