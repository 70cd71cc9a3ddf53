/// What the kernels of a depthwise convolution share: weights `[1,KH,KW,C·m]`, output channel c·m+j reads channel c.
///
/// Weights of the output channels `regionStart ..< regionEnd` come from a tensor of their own.
public struct DepthwiseShape: BitwiseCopyable {
  public var window: Window
  public var channels: Int32
  public var multiplier: Int32
  public var regionStart: Int32
  public var regionEnd: Int32

  public init(window: Window, channels: Int, multiplier: Int, region: Range<Int>?) {
    self.window = window
    self.channels = Int32(channels)
    self.multiplier = Int32(multiplier)
    regionStart = Int32(region?.lowerBound ?? 0)
    regionEnd = Int32(region?.upperBound ?? 0)
  }

  var hasRegion: Bool { regionEnd > regionStart }
  var outputs: Int { Int(channels) &* Int(multiplier) }

  /// Output channels, or nil where the numbers make no sense.
  private var outputsExtent: Int32? {
    let regionFits =
      regionEnd == 0
      ? regionStart == 0
      : multiplier == 1 && regionStart >= 0 && regionStart < regionEnd && regionEnd <= channels
    guard regionFits, let count = (Extent() * channels * multiplier).value else { return nil }
    return Int32(count)
  }

  var inputExtent: Int? { outputsExtent == nil ? nil : window.inputExtent(channels) }
  var outputExtent: Int? {
    guard let outputsExtent else { return nil }
    return window.outputExtent(outputsExtent)
  }
  var weightExtent: Int? {
    guard let outputsExtent else { return nil }
    return window.kernelExtent(1, outputsExtent)
  }
  var biasExtent: Int? {
    guard let outputsExtent else { return nil }
    return Int(outputsExtent)
  }
  var regionExtent: Int? {
    hasRegion && outputsExtent != nil ? window.kernelExtent(1, regionEnd - regionStart) : nil
  }
}

/// Operands: y, x, weights, bias where there is one, region weights where there are any.
public struct DepthwiseConvParameters: KernelParameters {
  public var shape: DepthwiseShape
  public var hasBias: Int32

  public init(shape: DepthwiseShape, hasBias: Bool) {
    self.shape = shape
    self.hasBias = hasBias ? 1 : 0
  }

  var regionOperand: Int { hasBias == 0 ? 3 : 4 }

  public var operandCount: Int { regionOperand &+ (shape.hasRegion ? 1 : 0) }

  public func extent(of index: Int) -> Int? {
    guard hasBias == 0 || hasBias == 1 else { return nil }
    switch index {
    case 0: return shape.outputExtent
    case 1: return shape.inputExtent
    case 2: return shape.weightExtent
    case 3 where hasBias == 1: return shape.biasExtent
    case regionOperand where shape.hasRegion: return shape.regionExtent
    default: return nil
    }
  }
}

/// Operands: dx, dy, weights, region weights where there are any.
public struct DepthwiseGradInputParameters: KernelParameters {
  public var shape: DepthwiseShape

  public init(shape: DepthwiseShape) { self.shape = shape }

  public var operandCount: Int { shape.hasRegion ? 4 : 3 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: shape.inputExtent
    case 1: shape.outputExtent
    case 2: shape.weightExtent
    case 3 where shape.hasRegion: shape.regionExtent
    default: nil
    }
  }
}

/// Operands: dw, x, dy.
public struct DepthwiseGradWeightParameters: KernelParameters {
  public var shape: DepthwiseShape

  public init(shape: DepthwiseShape) { self.shape = shape }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    guard !shape.hasRegion else { return nil }
    return switch index {
    case 0: shape.weightExtent
    case 1: shape.inputExtent
    case 2: shape.outputExtent
    default: nil
    }
  }
}

func depthwiseConv<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(DepthwiseConvParameters.self)
  let pass = DepthwisePass(
    shape: p.shape, isBackward: false, target: call.elements(0, S.self), source: call.elements(1),
    bias: p.hasBias == 1 ? call.elements(3) : nil)
  pass.run(call.elements(2), p.shape.hasRegion ? call.elements(p.regionOperand) : nil)
}

func depthwiseGradInput<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(DepthwiseGradInputParameters.self)
  let pass = DepthwisePass(
    shape: p.shape, isBackward: true, target: call.elements(0, S.self), source: call.elements(1), bias: nil)
  pass.run(call.elements(2), p.shape.hasRegion ? call.elements(3) : nil)
}

/// Each target pixel gathers the source pixels that its taps reach: y from x, and backward dx from dy.
private struct DepthwisePass<S: KernelScalar> {
  let shape: DepthwiseShape
  let isBackward: Bool
  let target: Elements<S>
  let source: Elements<S>
  let bias: Elements<S>?

  @inline(__always)
  func run(_ w: Elements<S>, _ region: Elements<S>?) {
    let window = shape.window
    let (height, width) =
      isBackward ? (window.inputHeight, window.inputWidth) : (window.outputHeight, window.outputWidth)
    let (sourceHeight, sourceWidth) =
      isBackward ? (window.outputHeight, window.outputWidth) : (window.inputHeight, window.inputWidth)
    let channels = Int(shape.channels)
    let (start, end) = (Int(shape.regionStart), Int(shape.regionEnd))
    var pixel = 0
    for picture in 0..<Int(window.batch) {
      for row in 0..<Int(height) {
        let rows = isBackward ? window.rowReaders(row) : window.rowTaps(row)
        for column in 0..<Int(width) {
          let columns = isBackward ? window.columnReaders(column) : window.columnTaps(column)
          let first = (picture &* Int(sourceHeight) &+ rows.index) &* Int(sourceWidth) &+ columns.index
          let taps = TapBlock(
            rows: rows, columns: columns, tapsPerRow: Int(window.kernelWidth), source: source,
            first: first &* channels, rowStep: rows.indexStep &* Int(sourceWidth) &* channels,
            columnStep: columns.indexStep &* channels, target: target.from(pixel &* channels), bias: bias,
            weights: w, weightStep: channels, weightStart: 0)
          pixel &+= 1
          if shape.multiplier != 1 {
            expand(taps, first, pixel &- 1, sourceWidth: Int(sourceWidth))
          } else if let region {
            taps.run(from: 0, to: start)
            taps.with(region, step: end &- start, start: start).run(from: start, to: end)
            taps.run(from: end, to: channels)
          } else {
            taps.run(from: 0, to: channels)
          }
        }
      }
    }
  }

  /// One pixel with several outputs to a channel.
  private func expand(_ taps: TapBlock<S>, _ first: Int, _ pixel: Int, sourceWidth: Int) {
    let outputs = shape.outputs
    let multiplier = Int(shape.multiplier)
    let channels = Int(shape.channels)
    for c in 0..<channels where isBackward { target[pixel &* channels &+ c] = 0 }
    for output in 0..<outputs {
      let c = output / multiplier
      var sum: S = 0
      for i in 0..<taps.rows.count {
        for j in 0..<taps.columns.count {
          let at = first &+ i &* taps.rows.indexStep &* sourceWidth &+ j &* taps.columns.indexStep
          let tap =
            (taps.rows.first &+ i &* taps.rows.step) &* taps.tapsPerRow &+ taps.columns.first &+ j &* taps.columns.step
          let value = isBackward ? source[at &* outputs &+ output] : source[at &* channels &+ c]
          sum += value * taps.weights[tap &* outputs &+ output]
        }
      }
      if isBackward {
        target[pixel &* channels &+ c] += sum
      } else {
        target[pixel &* outputs &+ output] = sum + (bias?[output] ?? 0)
      }
    }
  }
}

/// One target pixel: the taps that meet the picture, and where they lie.
private struct TapBlock<Scalar: KernelScalar>: ChannelBlock {
  let rows: Taps
  let columns: Taps
  let tapsPerRow: Int
  let source: Elements<Scalar>
  let first: Int
  let rowStep: Int
  let columnStep: Int
  let target: Elements<Scalar>
  let bias: Elements<Scalar>?
  var weights: Elements<Scalar>
  var weightStep: Int
  /// Channel that the weights begin with.
  var weightStart: Int

  /// The same with other weights.
  @inline(__always)
  func with(_ weights: Elements<Scalar>, step: Int, start: Int) -> TapBlock {
    var copy = self
    copy.weights = weights
    copy.weightStep = step
    copy.weightStart = start
    return copy
  }

  @inline(__always)
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar {
    var sum = bias?.vector(channel, lanes, V.self) ?? V()
    for i in 0..<rows.count {
      var at = first &+ i &* rowStep &+ channel
      let tap = (rows.first &+ i &* rows.step) &* tapsPerRow &+ columns.first
      var weight = tap &* weightStep &+ channel &- weightStart
      for _ in 0..<columns.count {
        sum += source.vector(at, lanes, V.self) * weights.vector(weight, lanes, V.self)
        at &+= columnStep
        weight &+= columns.step &* weightStep
      }
    }
    target.store(sum, channel, lanes)
  }
}
