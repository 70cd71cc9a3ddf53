/// Where a window slides: sizes of input and output pictures, and the steps between them.
///
/// All kernels look at each tap's coordinate before they read, so a window of sane numbers is a safe one.
public struct Window: BitwiseCopyable {
  public var batch: Int32
  public var inputHeight: Int32
  public var inputWidth: Int32
  public var outputHeight: Int32
  public var outputWidth: Int32
  public var kernelHeight: Int32
  public var kernelWidth: Int32
  public var strideHeight: Int32
  public var strideWidth: Int32
  /// Padding at the top and at the left; the rest follows from the output size.
  public var padTop: Int32
  public var padLeft: Int32
  public var dilationHeight: Int32
  public var dilationWidth: Int32

  /// - Parameters:
  ///   - input: batch, height, width
  ///   - output: height, width; so are `kernel`, `strides`, `dilations`
  ///   - pads: top, left
  public init(
    input: [3 of Int], output: [2 of Int], kernel: [2 of Int], strides: [2 of Int], pads: [2 of Int],
    dilations: [2 of Int]
  ) {
    batch = Int32(input[0])
    inputHeight = Int32(input[1])
    inputWidth = Int32(input[2])
    outputHeight = Int32(output[0])
    outputWidth = Int32(output[1])
    kernelHeight = Int32(kernel[0])
    kernelWidth = Int32(kernel[1])
    strideHeight = Int32(strides[0])
    strideWidth = Int32(strides[1])
    padTop = Int32(pads[0])
    padLeft = Int32(pads[1])
    dilationHeight = Int32(dilations[0])
    dilationWidth = Int32(dilations[1])
  }

  var taps: Int { Int(kernelHeight) &* Int(kernelWidth) }
  var inputPixels: Int { Int(batch) &* Int(inputHeight) &* Int(inputWidth) }
  var outputPixels: Int { Int(batch) &* Int(outputHeight) &* Int(outputWidth) }

  /// One tap that reads every input pixel once, in order.
  var isPointwise: Bool {
    taps == 1 && strideHeight == 1 && strideWidth == 1 && padTop == 0 && padLeft == 0
      && inputHeight == outputHeight && inputWidth == outputWidth
  }

  /// Steps are positive, and no coordinate, step between readers or count of taps leaves 32 bits.
  var isSane: Bool {
    axisIsSane(inputHeight, outputHeight, kernelHeight, strideHeight, padTop, dilationHeight)
      && axisIsSane(inputWidth, outputWidth, kernelWidth, strideWidth, padLeft, dilationWidth)
      && (Extent() * kernelHeight * kernelWidth).value != nil
  }

  private func axisIsSane(
    _ input: Int32, _ output: Int32, _ kernel: Int32, _ stride: Int32, _ pad: Int32, _ dilation: Int32
  ) -> Bool {
    guard output > 0, kernel > 0, stride > 0, pad >= 0, dilation > 0 else { return false }
    let limit: Int64 = 1 << 29
    return input < limit && pad < limit && Int64(output) * Int64(stride) < limit
      && Int64(kernel) * Int64(dilation) < limit && Int64(stride) * Int64(dilation) < limit
  }

  /// Elements of the input, the output and the kernel: nil when the numbers make no sense.
  func inputExtent(_ channels: Int32) -> Int? {
    isSane ? (Extent() * batch * inputHeight * inputWidth * channels).value : nil
  }
  func outputExtent(_ channels: Int32) -> Int? {
    isSane ? (Extent() * batch * outputHeight * outputWidth * channels).value : nil
  }
  func kernelExtent(_ outer: Int32, _ inner: Int32) -> Int? {
    isSane ? (Extent() * outer * kernelHeight * kernelWidth * inner).value : nil
  }

  /// Taps in the rows of the input that output row `row` reads, and where.
  @inline(__always)
  func rowTaps(_ row: Int) -> Taps {
    Taps(output: row, Int(inputHeight), Int(kernelHeight), Int(strideHeight), Int(padTop), Int(dilationHeight))
  }
  @inline(__always)
  func columnTaps(_ column: Int) -> Taps {
    Taps(output: column, Int(inputWidth), Int(kernelWidth), Int(strideWidth), Int(padLeft), Int(dilationWidth))
  }

  /// Taps through which output rows read input row `row`, and those rows.
  @inline(__always)
  func rowReaders(_ row: Int) -> Taps {
    Taps(input: row, Int(outputHeight), Int(kernelHeight), Int(strideHeight), Int(padTop), Int(dilationHeight))
  }
  @inline(__always)
  func columnReaders(_ column: Int) -> Taps {
    Taps(input: column, Int(outputWidth), Int(kernelWidth), Int(strideWidth), Int(padLeft), Int(dilationWidth))
  }
}

/// The taps of one axis that meet the picture: taps `first + i·step` at coordinates `index + i·indexStep`.
struct Taps {
  private(set) var first: Int
  private(set) var count: Int
  private(set) var step = 1
  private(set) var index: Int
  private(set) var indexStep: Int

  /// Taps of an output coordinate that lie within an input of `size`.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  init(output: Int, _ size: Int, _ kernel: Int, _ stride: Int, _ pad: Int, _ dilation: Int) {
    let start = output &* stride &- pad
    first = start < 0 ? (dilation &- 1 &- start) / dilation : 0
    let end = start < size ? min(kernel, (size &- 1 &- start) / dilation &+ 1) : 0
    count = max(0, end &- first)
    index = start &+ first &* dilation
    indexStep = dilation
  }

  /// Taps through which output coordinates within `size` read an input coordinate.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  init(input: Int, _ size: Int, _ kernel: Int, _ stride: Int, _ pad: Int, _ dilation: Int) {
    // Output o reads this coordinate through tap k where o·stride = input + pad - k·dilation.
    var tap = 0
    while tap < kernel {
      let distance = input &+ pad &- tap &* dilation
      if distance >= 0 && distance % stride == 0 && distance / stride < size { break }
      tap &+= 1
    }
    first = tap
    let period = stride / commonDivisor(stride, dilation)
    step = period
    let distance = input &+ pad &- tap &* dilation
    index = tap < kernel ? distance / stride : 0
    indexStep = 0 &- period &* dilation / stride
    let inKernel = (kernel &- tap &+ period &- 1) / period
    count = tap < kernel ? min(inKernel, index / (0 &- indexStep) &+ 1) : 0
  }
}

/// The largest number that divides both; neither may be 0.
private func commonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
