/// What the three kernels of a convolution share: NHWC pictures, OHWI weights `[O,KH,KW,I/groups]`.
///
/// Weights of the outputs `rowStart ..< rowEnd` and their input channels `regionStart ..< regionEnd` come from a tensor
/// of their own.
public struct ConvShape: BitwiseCopyable {
  public var window: Window
  public var inputs: Int32
  public var outputs: Int32
  public var groups: Int32
  public var regionStart: Int32
  public var regionEnd: Int32
  public var rowStart: Int32
  public var rowEnd: Int32

  /// - Parameter rows: outputs whose weights are in the region, or whose gradient is needed; nil for all.
  public init(
    window: Window, inputs: Int, outputs: Int, groups: Int, region: Range<Int>?, rows: Range<Int>? = nil
  ) {
    self.window = window
    self.inputs = Int32(inputs)
    self.outputs = Int32(outputs)
    self.groups = Int32(groups)
    regionStart = Int32(region?.lowerBound ?? 0)
    regionEnd = Int32(region?.upperBound ?? 0)
    rowStart = Int32(rows?.lowerBound ?? 0)
    rowEnd = Int32(rows?.upperBound ?? outputs)
  }

  var hasRegion: Bool { regionEnd > regionStart }
  /// Outputs whose weights are in the region, or whose gradient is needed.
  var rows: Range<Int> { Int(rowStart)..<Int(rowEnd) }
  var groupInputs: Int { share(inputs) }
  var groupOutputs: Int { share(outputs) }
  /// Columns of the im2col matrix of one group: taps x channels.
  public var columns: Int { window.taps &* groupInputs }
  /// The activation is its own im2col matrix: pointwise, stride 1, no padding, one group.
  public var isDirect: Bool { window.isPointwise && groups == 1 }
  /// Whether a float kernel needs im2col.
  var usesIm2col: Bool { isBuilt(.im2col) && !isDirect }
  /// Whether weights come from two tensors.
  var isSplit: Bool { isBuilt(.regions) && hasRegion }

  // Divisions take room, and none of them stands in an inner loop.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private func share(_ channels: Int32) -> Int { Int(channels / groups) }

  private var isSane: Bool {
    groups > 0 && inputs > 0 && outputs > 0 && inputs % groups == 0 && outputs % groups == 0
      && (regionEnd == 0
        ? regionStart == 0
        : groups == 1 && regionStart >= 0 && regionStart < regionEnd && regionEnd <= inputs)
      && 0 <= rowStart && rowStart < rowEnd && rowEnd <= outputs
      && (rowEnd &- rowStart == outputs || groups == 1)
  }

  var inputExtent: Int? { isSane ? window.inputExtent(inputs) : nil }
  var outputExtent: Int? { isSane ? window.outputExtent(outputs) : nil }
  var weightExtent: Int? { isSane ? window.kernelExtent(outputs, inputs / groups) : nil }
  var regionExtent: Int? { isSane && hasRegion ? window.kernelExtent(rowEnd - rowStart, regionEnd - regionStart) : nil }
  /// Of the gradient of a weight.
  var gradientExtent: Int? { isSane ? window.kernelExtent(rowEnd - rowStart, inputs / groups) : nil }

  /// Bytes of scratch: at least one im2col row in double precision; the kernels use all they are given.
  var scratchExtent: Int? {
    guard isSane, !isDirect, window.isSane else { return nil }
    return (Extent() * 8 * window.kernelHeight * window.kernelWidth * (inputs / groups)).value
  }

  /// Pixels to im2col at a time: about 64 KiB of floats, 8 to 128 pixels.
  public var pixelsPerTile: Int { min(128, max(8, (64 << 10) / (4 &* columns))) }
  /// Bytes of scratch for elements of `width` bytes; 0 where no im2col is needed.
  public func scratchBytes(_ width: Int) -> Int {
    isDirect ? 0 : max(2, min(pixelsPerTile, window.outputPixels)) * columns * max(4, width)
  }

  /// The blocks of weights that lie in one tensor, outputs of a group by columns: `body(first output, outputs, first
  /// column, columns, weights, leading dimension)`. Blocks of the same outputs follow each other.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func forRuns<S>(
    _ w: Elements<S>, _ region: Elements<S>?, group: Int, _ body: (Int, Int, Int, Int, Elements<S>, Int) -> Void
  ) {
    let (channels, taps) = (Int(inputs), window.taps)
    let (start, end) = (Int(regionStart), Int(regionEnd))
    var row = 0
    while row < groupOutputs {
      let isTrained = isSplit && rows.contains(row)
      let next = !isSplit || row >= rows.upperBound ? groupOutputs : isTrained ? rows.upperBound : rows.lowerBound
      // Of each tap the channels before the region, those in it, and those behind it.
      for run in 0..<(isTrained ? 3 &* taps : 1) {
        let part = isTrained ? run % 3 : 3
        let column = run / 3 &* channels &+ (part == 1 ? start : part == 2 ? end : 0)
        let count = part == 0 ? start : part == 1 ? end &- start : part == 2 ? channels &- end : columns
        guard count > 0 else { continue }
        let isOwn = part == 1
        let first = isOwn ? row &- rows.lowerBound : group &* groupOutputs &+ row
        let width = isOwn ? taps &* count : columns
        let weights = (isOwn ? region ?? w : w).from(first &* width &+ (isOwn ? run / 3 &* count : column))
        body(row, next &- row, column, count, weights, width)
      }
      row = next
    }
  }

  /// Output pixels in tiles that the scratch holds: `body(first pixel, pixels)`.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func forTiles(_ capacity: Int, of pixels: Range<Int>? = nil, _ body: (Int, Int) -> Void) {
    let step = capacity / columns
    let end = pixels?.upperBound ?? window.outputPixels
    var pixel = pixels?.lowerBound ?? 0
    while pixel < end {
      let count = min(step, end &- pixel)
      body(pixel, count)
      pixel &+= count
    }
  }

  /// The taps of each output pixel from `first` on: `body(index of the pixel, its input picture, row taps, column
  /// taps)`.
  @inline(__always)
  private func forPixels(_ first: Int, _ count: Int, _ body: (Int, Int, Taps, Taps) -> Void) {
    let width = Int(window.outputWidth)
    let height = Int(window.outputHeight)
    var column = first % width
    var row = first / width % height
    var picture = first / width / height
    var rowTaps = window.rowTaps(row)
    for pixel in 0..<count {
      body(pixel, picture, rowTaps, window.columnTaps(column))
      column &+= 1
      guard column == width else { continue }
      column = 0
      row &+= 1
      if row == height {
        row = 0
        picture &+= 1
      }
      rowTaps = window.rowTaps(row)
    }
  }

  /// Each run of channels that a tap of a pixel reads: `body(offset in the im2col tile, offset in the input)`.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func forReads(_ first: Int, _ count: Int, group: Int, _ body: (Int, Int) -> Void) {
    let channels = groupInputs
    let (columns, kernelWidth, inputs) = (columns, Int(window.kernelWidth), Int(inputs))
    let (height, width) = (Int(window.inputHeight), Int(window.inputWidth))
    forPixels(first, count) { pixel, picture, rows, across in
      for i in 0..<rows.count {
        let line = (picture &* height &+ rows.index &+ i &* rows.indexStep) &* width
        let taps = (rows.first &+ i) &* kernelWidth &+ across.first
        for j in 0..<across.count {
          body(
            pixel &* columns &+ (taps &+ j) &* channels,
            (line &+ across.index &+ j &* across.indexStep) &* inputs &+ group &* channels)
        }
      }
    }
  }

  /// im2col: the input as a matrix with a row for each output pixel, a column for each weight of one output channel.
  @inline(never)
  func im2col<S: KernelScalar>(_ x: Elements<S>, into tile: Elements<S>, _ first: Int, _ count: Int, group: Int) {
    let channels = groupInputs
    tile.first(count &* columns).fill(0)
    forReads(first, count, group: group) { to, from in
      tile.from(to).first(channels).copy(x.from(from))
    }
  }

  /// col2im: adds an im2col tile to the picture that it was gathered from.
  @inline(never)
  func fold<S: KernelScalar>(_ tile: Elements<S>, into x: Elements<S>, _ first: Int, _ count: Int, group: Int) {
    let channels = groupInputs
    forReads(first, count, group: group) { from, to in
      for c in 0..<channels { x[to &+ c] += tile[from &+ c] }
    }
  }
}
