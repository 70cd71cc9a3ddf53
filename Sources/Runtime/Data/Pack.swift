/// A view over packed data that has been validated once; whoever made it keeps the bytes alive.
public struct Pack {
  public let bytes: Bytes
  public let header: PackHeader
  public let type: SampleType
  public let layout: SampleLayout
  public let labelKind: LabelKind

  /// Checks everything that reading samples takes for granted.
  ///
  /// - Throws: `DataError` with the first thing that is wrong.
  public init(_ bytes: Bytes) throws(DataError) {
    guard bytes.count >= 16, bytes.load(0, as: UInt64.self) == PackHeader.magic else { throw .notAPack }
    let version = bytes.load(8, as: UInt32.self)
    guard version == PackHeader.version else { throw .version(found: version, supported: PackHeader.version) }
    guard bytes.count >= PackHeader.size + Digest.size else {
      throw .length(stated: wide(PackHeader.size + Digest.size), actual: wide(bytes.count))
    }
    let header: PackHeader = bytes.load(0)
    guard header.length == wide(bytes.count) else {
      throw .length(stated: header.length, actual: wide(bytes.count))
    }
    guard bytes.isAligned(to: 64) else { throw .misaligned }
    let end = bytes.count &- Digest.size
    guard Digest(of: bytes.slice(0, end)) == bytes.load(end, as: Digest.self) else { throw .digest }
    try self.init(contentsOf: bytes, header)
  }

  /// Checks what the header says; the digest is not looked at.
  init(contentsOf bytes: Bytes, _ header: PackHeader) throws(DataError) {
    guard let type = SampleType(rawValue: header.type), let layout = SampleLayout(rawValue: header.layout),
      let labelKind = LabelKind(rawValue: header.labelKind), header.headerBytes == UInt32(PackHeader.size)
    else { throw .header }
    self.bytes = bytes
    self.header = header
    self.type = type
    self.layout = layout
    self.labelKind = labelKind
    try checkSizes()
    try checkTables()
  }

  private func checkSizes() throws(DataError) {
    let h = header
    let limit = wide(Int32.max)
    let plane = wide(h.height) &* wide(h.width)
    guard h.samples > 0, h.samples <= UInt32(Int32.max), h.trainSamples <= h.samples, plane > 0, plane <= limit,
      h.channels > 0, plane &* wide(h.channels) <= limit, h.labelElements > 0,
      wide(h.labelElements) &* 4 <= limit
    else { throw .header }
    switch labelKind {
    case .classes: guard h.labelElements == 1, h.classes > 0, h.classes <= UInt32(Int32.max) else { throw .header }
    case .targets: guard h.classes == 0 else { throw .header }
    }
    guard type == .u8 else { return }
    guard h.scale.isFinite else { throw .header }
    for channel in 0..<PackHeader.channelLimit {
      guard h.mean[channel].isFinite, h.deviation[channel].isFinite, h.deviation[channel] > 0 else { throw .header }
    }
  }

  private func checkTables() throws(DataError) {
    let h = header
    let end = bytes.count &- Digest.size
    guard h.sampleBytes.lies(from: PackHeader.size, to: end, width: 1, alignment: 64),
      h.labelBytes.lies(from: PackHeader.size, to: end, width: 1, alignment: 64),
      h.classNames.lies(from: PackHeader.size, to: end, width: 1, alignment: 1)
    else { throw .table }
    // Compared as UInt64: a sample has less than 2³³ bytes, and there are less than 2³¹ of them.
    let sample = wide(h.channels) &* wide(h.height) &* wide(h.width) &* wide(type.bytes)
    guard wide(h.samples) &* sample == h.sampleBytes.count,
      wide(h.samples) &* wide(h.labelElements) &* 4 == h.labelBytes.count
    else { throw .table }
  }

  public var samples: Int { Int(header.samples) }
  /// Elements of one sample.
  public var sampleElements: Int { Int(header.channels) &* Int(header.height) &* Int(header.width) }
  /// Numbers of one label.
  public var labelElements: Int { Int(header.labelElements) }
  /// JSON list of class names, which may be empty.
  public var classNames: Bytes { bytes.slice(header.classNames.start, header.classNames.entries) }

  /// Class of a sample; labels must be classes.
  public func label(_ sample: Int) -> Int32 { bytes.load(header.labelBytes.start &+ 4 &* sample) }

  /// Number `index` of a sample's label; labels must be targets.
  public func target(_ sample: Int, _ index: Int) -> Float {
    bytes.load(header.labelBytes.start &+ 4 &* (sample &* labelElements &+ index))
  }
}
