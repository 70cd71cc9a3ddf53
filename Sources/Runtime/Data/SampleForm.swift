/// What samples and their labels look like in a file, and how they become those of a batch.
public struct SampleForm: Sendable {
  public let header: PackHeader
  public let type: SampleType
  public let layout: SampleLayout
  public let labelKind: LabelKind

  /// Checks what a header says about one sample; tables are not looked at.
  ///
  /// - Throws: `DataError.header`.
  public init(_ header: PackHeader) throws(DataError) {
    guard let type = SampleType(rawValue: header.type), let layout = SampleLayout(rawValue: header.layout),
      let labelKind = LabelKind(rawValue: header.labelKind), header.headerBytes == UInt32(PackHeader.size)
    else { throw .header }
    self.header = header
    self.type = type
    self.layout = layout
    self.labelKind = labelKind
    try checkSides()
    try checkNormalization()
  }

  private func checkSides() throws(DataError) {
    let h = header
    let limit = wide(Int32.max)
    let plane = wide(h.height) &* wide(h.width)
    guard plane > 0, plane <= limit, h.channels > 0, plane &* wide(h.channels) <= limit, h.labelElements > 0,
      wide(h.labelElements) &* 4 <= limit
    else { throw .header }
    switch labelKind {
    case .classes: guard h.labelElements == 1, h.classes > 0, h.classes <= UInt32(Int32.max) else { throw .header }
    case .targets: guard h.classes == 0 else { throw .header }
    }
  }

  private func checkNormalization() throws(DataError) {
    guard type == .u8 else { return }
    guard header.scale.isFinite else { throw .header }
    for channel in 0..<PackHeader.channelLimit {
      guard header.mean[channel].isFinite, header.deviation[channel].isFinite, header.deviation[channel] > 0 else {
        throw .header
      }
    }
  }

  /// Elements of one sample.
  public var elements: Int { Int(header.channels) &* Int(header.height) &* Int(header.width) }
  /// Numbers of one label.
  public var labelElements: Int { Int(header.labelElements) }
  /// Bytes of one sample, which may be more than `Int` can tell on a small machine.
  public var bytes: UInt64 { wide(header.channels) &* wide(header.height) &* wide(header.width) &* wide(type.bytes) }

  /// Whether samples and labels are what a plan takes.
  ///
  /// - Throws: `DataError.sampleDiffers`.
  func check(for image: Image) throws(DataError) {
    let h = image.header
    let isSame = header.channels == h.channels && header.height == h.height && header.width == h.width
    guard layout == .plain ? elements == image.sampleElements : isSame else {
      throw .sampleDiffers(
        channels: header.channels, height: header.height, width: header.width, expectedChannels: h.channels,
        expectedHeight: h.height, expectedWidth: h.width)
    }
  }

  /// Writes the label that begins at a byte as that of sample `index` of a batch.
  ///
  /// - Parameter sample: number of the sample, for messages.
  /// - Throws: `DataError.label` or `labelsDiffer`.
  func copyLabel(
    _ bytes: Bytes, at start: Int, of sample: Int, to index: Int, of buffers: BatchBuffers, classes: Int
  ) throws(DataError) {
    try copyLabel(
      bytes.slice(start, 4 &* labelElements), labelElements, from: 0, of: sample, to: index, of: buffers,
      classes: classes)
  }

  /// Writes numbers of a label from number `first` on: `count` of them stand in `bytes`.
  func copyLabel(
    _ bytes: Bytes, _ count: Int, from first: Int, of sample: Int, to index: Int, of buffers: BatchBuffers,
    classes: Int
  ) throws(DataError) {
    if isBuilt(.softmaxCrossEntropy), let output = buffers.classes {
      guard labelKind == .classes else { throw .labelsDiffer }
      let value: Int32 = bytes.load(0)
      guard value >= 0, Int(value) < classes else { throw .label(sample: sample, value: value, classes: classes) }
      output[index] = value
    }
    if isBuilt(.meanSquaredError), let output = buffers.targets {
      guard labelKind == .targets, output.count == buffers.batch &* labelElements else { throw .labelsDiffer }
      for number in 0..<count {
        output[index &* labelElements &+ first &+ number] = bytes.load(4 &* number)
      }
    }
  }
}
