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
      throw .length(stated: zeroExtended(PackHeader.size + Digest.size), actual: zeroExtended(bytes.count))
    }
    let header: PackHeader = bytes.load(0)
    guard header.length == zeroExtended(bytes.count) else {
      throw .length(stated: header.length, actual: zeroExtended(bytes.count))
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
    let tables: InlineArray<4, TableSpan> = [h.input.bytes, h.target.bytes, h.classNames, h.names]
    for table in 0..<4 {
      let alignment: UInt64 = table < 2 ? 64 : 1
      guard tables[table].lies(from: PackHeader.size, to: end, width: 1, alignment: alignment) else { throw .table }
    }
    // Compared as UInt64: a sample has less than 2³³ bytes, and there are less than 2³¹ of them.
    guard zeroExtended(h.samples) &* form.bytes == h.input.bytes.count,
      zeroExtended(h.samples) &* zeroExtended(form.labelElements) &* 4 == h.target.bytes.count
    else { throw .table }
  }

  /// Tells these samples from others: the first bytes of the digest.
  public var fingerprint: UInt64 { bytes.load(bytes.count &- Digest.size, as: UInt64.self) }

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
  func start(_ sample: Int) -> Int { header.input.bytes.start &+ sample &* sampleElements &* type.bytes }
  /// First byte of a sample's label.
  func labelStart(_ sample: Int) -> Int { header.target.bytes.start &+ 4 &* sample &* labelElements }

  /// Writes one sample as a plan with such an input keeps it, normalized; the form must have been checked for it.
  public func copy(_ sample: Int, to output: SampleBuffer, for input: PlanArray) {
    copy(sample, to: output, for: input, Placement())
  }

  func copy(_ sample: Int, to output: SampleBuffer, for input: PlanArray, _ placement: Placement) {
    form.array.copy(bytes, at: start(sample), to: output, input.steps(isOwnOrder: form.isOwnOrder), placement)
  }

  /// Class of a sample; labels must be classes.
  public func label(_ sample: Int) -> Int32 { bytes.load(labelStart(sample)) }

  /// Number `index` of a sample's label; a class is one.
  public func target(_ sample: Int, _ index: Int) -> Float { form.number(bytes, labelStart(sample) &+ 4 &* index) }

  /// Looks at every label of a part.
  ///
  /// - Throws: `DataError.label`, `labelsDiffer`, `targetsDiffer`.
  public func checkLabels(_ part: DataPart, for image: Image) throws(DataError) {
    try form.checkLabels(for: image)
    let classes = image.classes
    guard classes > 0 else { return }
    let split = Int(header.trainSamples)
    for sample in (part == .evaluation ? split : 0)..<(part == .train ? split : samples) {
      try form.check(label(sample), of: zeroExtended(sample), classes: classes)
    }
  }

  /// The samples kept apart for evaluation, or all of them where none were.
  public var evaluationPart: DataPart { header.trainSamples < header.samples ? .evaluation : .all }
}
