/// A view over packed data that has been validated once; whoever made it keeps the bytes alive.
public struct Pack {
  public let bytes: Bytes
  public let form: SampleForm

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
    self.bytes = bytes
    form = try SampleForm(header)
    guard header.samples > 0, header.samples <= UInt32(Int32.max), header.trainSamples <= header.samples else {
      throw .header
    }
    try checkTables()
  }

  private func checkTables() throws(DataError) {
    let h = header
    let end = bytes.count &- Digest.size
    guard h.sampleBytes.lies(from: PackHeader.size, to: end, width: 1, alignment: 64),
      h.labelBytes.lies(from: PackHeader.size, to: end, width: 1, alignment: 64),
      h.classNames.lies(from: PackHeader.size, to: end, width: 1, alignment: 1)
    else { throw .table }
    // Compared as UInt64: a sample has less than 2³³ bytes, and there are less than 2³¹ of them.
    guard wide(h.samples) &* form.bytes == h.sampleBytes.count,
      wide(h.samples) &* wide(h.labelElements) &* 4 == h.labelBytes.count
    else { throw .table }
  }

  public var header: PackHeader { form.header }
  public var type: SampleType { form.type }
  public var layout: SampleLayout { form.layout }
  public var labelKind: LabelKind { form.labelKind }
  public var samples: Int { Int(header.samples) }
  /// Elements of one sample.
  public var sampleElements: Int { form.elements }
  /// Numbers of one label.
  public var labelElements: Int { form.labelElements }
  /// JSON list of class names, which may be empty.
  public var classNames: Bytes { bytes.slice(header.classNames.start, header.classNames.entries) }

  /// First byte of a sample.
  func start(_ sample: Int) -> Int { header.sampleBytes.start &+ sample &* sampleElements &* type.bytes }
  /// First byte of a sample's label.
  func labelStart(_ sample: Int) -> Int { header.labelBytes.start &+ 4 &* sample &* labelElements }

  /// Writes one sample as height x width x channels, normalized and otherwise as it is.
  public func copy(_ sample: Int, to output: SampleBuffer) { copy(sample, to: output, Placement()) }

  func copy(_ sample: Int, to output: SampleBuffer, _ placement: Placement) {
    form.copy(bytes, at: start(sample), to: output, placement)
  }

  /// Class of a sample; labels must be classes.
  public func label(_ sample: Int) -> Int32 { bytes.load(labelStart(sample)) }

  /// Number `index` of a sample's label; labels must be targets.
  public func target(_ sample: Int, _ index: Int) -> Float { bytes.load(labelStart(sample) &+ 4 &* index) }

  /// Looks at every label of a part.
  ///
  /// - Parameter classes: those that the plan has, 0 where labels are numbers.
  /// - Throws: `DataError.label`, `labelsDiffer`.
  public func checkLabels(_ part: DataPart, classes: Int) throws(DataError) {
    guard (labelKind == .classes) == (classes > 0) else { throw .labelsDiffer }
    guard classes > 0 else { return }
    let split = Int(header.trainSamples)
    for sample in (part == .evaluation ? split : 0)..<(part == .train ? split : samples) {
      let value = label(sample)
      guard value >= 0, Int(value) < classes else { throw .label(sample: sample, value: value, classes: classes) }
    }
  }

  /// The samples kept apart for evaluation, or all of them where none were.
  public var judged: DataPart { header.trainSamples < header.samples ? .evaluation : .all }
}
