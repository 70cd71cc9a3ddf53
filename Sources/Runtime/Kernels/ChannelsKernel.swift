/// Kernels over a matrix of pixels x channels: an NHWC tensor whose leading axes are one.
public struct ChannelParameters: KernelParameters {
  public var pixels: Int32
  public var channels: Int32
  /// Bit i is set where operand i is a picture, else it holds one value a channel.
  public var pictures: UInt32
  public var tensors: Int32

  public init(pixels: Int, channels: Int, pictures: UInt32, tensors: Int) {
    self.pixels = Int32(pixels)
    self.channels = Int32(channels)
    self.pictures = pictures
    self.tensors = Int32(tensors)
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? {
    guard index < tensors, tensors <= 8 else { return nil }
    return pictures >> UInt32(index) & 1 == 1 ? (Extent() * pixels * channels).value : (Extent() * channels).value
  }

  public func isValid(for opcode: OpCode) -> Bool {
    switch opcode {
    case .channelSum: tensors == 2 && pictures == 0b10
    case .channelDot: tensors == 3 && pictures == 0b110
    case .channelScale: tensors == 3 && pictures == 0b11
    case .channelAffine: tensors == 4 && pictures == 0b11
    case .batchNorm: tensors == 4 && pictures == 0b11
    case .batchNormInference: tensors == 6 && pictures == 0b11
    case .batchNormGrad: tensors == 4 && pictures == 0b111
    case .batchNormGradScale: tensors == 3 && pictures == 0b110
    case .runningMean, .runningVariance: tensors == 3 && pictures == 0b100
    default: false
    }
  }
}

/// Sum over all pixels of something known a pixel at a time, in a fixed order.
///
/// Runs of 64 pixels are summed first, so that the rounding error grows slowly.
@inline(__always)
func pixelSum<V: SIMD>(_ pixels: Int, _ term: (Int) -> V) -> V where V.Scalar: FloatingPoint {
  var total = V()
  var pixel = 0
  while pixel < pixels {
    let end = min(pixel &+ 64, pixels)
    var run = V()
    while pixel < end {
      run += term(pixel)
      pixel &+= 1
    }
    total += run
  }
  return total
}

/// y[c] = Σ x[·,c].
func channelSum<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ChannelParameters.self)
  let block = ChannelSumBlock(
    pixels: Int(p.pixels), channels: Int(p.channels), y: call.elements(0, S.self), x: call.elements(1, S.self))
  block.runShort(from: 0, to: block.channels)
}

private struct ChannelSumBlock<Scalar: KernelScalar>: ChannelBlock {
  let pixels: Int
  let channels: Int
  let y: Elements<Scalar>
  let x: Elements<Scalar>

  @inline(__always)
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar {
    let sum = pixelSum(pixels) { x.vector($0 &* channels &+ channel, lanes, V.self) }
    y.store(sum, channel, lanes)
  }
}

/// y[c] = Σ a[·,c]·b[·,c].
func channelDot<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ChannelParameters.self)
  let block = ChannelDotBlock(
    pixels: Int(p.pixels), channels: Int(p.channels), y: call.elements(0, S.self), a: call.elements(1, S.self),
    b: call.elements(2, S.self))
  block.run(from: 0, to: block.channels)
}

private struct ChannelDotBlock<Scalar: KernelScalar>: ChannelBlock {
  let pixels: Int
  let channels: Int
  let y: Elements<Scalar>
  let a: Elements<Scalar>
  let b: Elements<Scalar>

  @inline(__always)
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar {
    let sum = pixelSum(pixels) { pixel in
      let index = pixel &* channels &+ channel
      return a.vector(index, lanes, V.self) * b.vector(index, lanes, V.self)
    }
    y.store(sum, channel, lanes)
  }
}

/// y = x·scale[c]; y may be x.
func channelScale<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ChannelParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let scale = call.elements(2, S.self)
  let channels = Int(p.channels)
  for pixel in 0..<Int(p.pixels) {
    for c in 0..<channels { y[pixel &* channels &+ c] = x[pixel &* channels &+ c] * scale[c] }
  }
}

/// y = x·scale[c] + shift[c]; y may be x.
func channelAffine<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ChannelParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let scale = call.elements(2, S.self)
  let shift = call.elements(3, S.self)
  let channels = Int(p.channels)
  for pixel in 0..<Int(p.pixels) {
    for c in 0..<channels { y[pixel &* channels &+ c] = x[pixel &* channels &+ c] * scale[c] + shift[c] }
  }
}

/// Operands: y, x. Channels `start ..< end` of x.
public struct ChannelSliceParameters: KernelParameters {
  public var pixels: Int32
  public var channels: Int32
  public var start: Int32
  public var end: Int32

  public init(pixels: Int, channels: Int, range: Range<Int>) {
    self.pixels = Int32(pixels)
    self.channels = Int32(channels)
    start = Int32(range.lowerBound)
    end = Int32(range.upperBound)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard start >= 0, start < end, end <= channels else { return nil }
    return switch index {
    case 0: (Extent() * pixels * (end - start)).value
    case 1: (Extent() * pixels * channels).value
    default: nil
    }
  }
}

func channelSlice<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ChannelSliceParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let count = Int(p.end &- p.start)
  for pixel in 0..<Int(p.pixels) {
    y.from(pixel &* count).first(count).copy(x.from(pixel &* Int(p.channels) &+ Int(p.start)))
  }
}
