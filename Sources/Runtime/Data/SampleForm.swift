/// What samples and their labels look like in a file, and how they become those of a batch.
public struct SampleForm: Sendable {
  public let header: PackHeader
  public let type: SampleType
  public let labelKind: LabelKind
  /// Elements of one sample.
  public let elements: Int
  /// Numbers of one label.
  public let labelElements: Int

  /// Checks what a header says about one sample; tables are not looked at.
  ///
  /// - Throws: `DataError.header`.
  public init(_ header: PackHeader) throws(DataError) {
    let (input, target) = (header.input, header.target)
    guard header.headerBytes == UInt32(PackHeader.size), header.inputs == 1, header.targets == 1,
      let type = SampleType(rawValue: input.type), type != .i32, let labelType = SampleType(rawValue: target.type),
      labelType != .u8, let elements = input.shape.count, let labelElements = target.shape.count,
      zeroExtended(labelElements) &* 4 <= zeroExtended(Int32.max), input.layout <= SampleLayout.picture.rawValue,
      input.layout == SampleLayout.model.rawValue || input.shape.rank == 3
    else { throw .header }
    self.header = header
    self.type = type
    labelKind = labelType == .i32 ? .classes : .targets
    self.elements = Int(elements)
    self.labelElements = Int(labelElements)
    switch labelKind {
    case .classes:
      guard labelElements == 1, header.classes > 0, header.classes <= UInt32(Int32.max) else { throw .header }
    case .targets: guard header.classes == 0 else { throw .header }
    }
    try checkNormalization()
  }

  private func checkNormalization() throws(DataError) {
    guard type == .u8 else { return }
    guard array.scale.isFinite, array.channels > 0, array.channels <= UInt32(PackArray.channelLimit),
      array.channelStep > 0, array.channelStep <= UInt32(Int32.max)
    else { throw .header }
    for channel in 0..<PackArray.channelLimit {
      guard array.mean[channel].isFinite, array.deviation[channel].isFinite, array.deviation[channel] > 0 else {
        throw .header
      }
    }
  }

  var array: PackArray { header.input }
  public var layout: SampleLayout { array.layout == 0 ? .model : .picture }
  /// Whether elements have the order of the model's own input, else that of the arena.
  var isOwnOrder: Bool { layout == .model }
  /// Bytes of one sample, which may be more than `Int` can tell on a small machine.
  public var bytes: UInt64 { zeroExtended(elements) &* zeroExtended(type.bytes) }

  /// Whether samples are what a plan takes.
  ///
  /// - Throws: `DataError.sampleDiffers`.
  func check(for image: Image) throws(DataError) { try check(for: image.header.input) }

  /// - Throws: `DataError.sampleDiffers`.
  public func check(for input: PlanArray) throws(DataError) {
    var wanted = input.shape
    if layout == .picture {
      wanted = ArrayShape()
      wanted.append(input.rows)
      wanted.append(input.columns)
      wanted.append(input.channels)
    }
    // A picture is not taken for one with other axes of size one: those might be its sides.
    guard layout == .picture ? array.shape == wanted : array.shape.stands(for: wanted) else {
      throw .sampleDiffers(CompactShape(array.shape), expected: CompactShape(input.shape))
    }
  }

  /// Whether labels are what the loss of a plan compares with; a class is a number, too, where it compares one.
  ///
  /// - Throws: `DataError.labelsDiffer`, `targetsDiffer`.
  public func checkLabels(for image: Image) throws(DataError) {
    if image.classes > 0 {
      guard labelKind == .classes else { throw .labelsDiffer }
    } else if !header.target.shape.stands(for: image.header.target.shape) {
      throw targetsDiffer(from: image.header.target.shape)
    }
  }

  private func targetsDiffer(from expected: ArrayShape) -> DataError {
    .targetsDiffer(CompactShape(header.target.shape), expected: CompactShape(expected))
  }

  /// Whether a class is one of a plan.
  ///
  /// - Throws: `DataError.label`.
  func check(_ value: Int32, of sample: UInt64, classes: Int) throws(DataError) {
    guard value >= 0, Int(value) < classes else {
      throw .label(sample: sample, value: value, classes: UInt32(truncatingIfNeeded: classes))
    }
  }

  /// Refuses samples with floats that are infinite or no numbers: in an integer they would be any value, and a NaN that of
  /// zero. `espalier data` packs none; a sealed runner for packed data alone relies on that.
  ///
  /// - Parameter count: elements that stand there.
  /// - Throws: `DataError.notFinite`.
  func checkNumbers(_ bytes: Bytes, at start: Int, _ count: Int, of sample: UInt64) throws(DataError) {
    guard onlyImage == nil || isBuilt(.stream) || isBuilt(.ring), type == .f32 else { return }
    for index in 0..<count {
      guard bytes.load(start &+ 4 &* index, as: Float.self).isFinite else { throw .notFinite(sample: sample) }
    }
  }

  /// Writes the label that begins at a byte as that of sample `index` of a batch.
  ///
  /// - Parameter sample: number of the sample, for messages.
  /// - Throws: `DataError.label`, `notFinite`, `labelsDiffer` or `targetsDiffer`.
  func copyLabel(
    _ bytes: Bytes, at start: Int, of sample: UInt64, to index: Int, of buffers: BatchBuffers, classes: Int
  ) throws(DataError) {
    try copyLabel(
      bytes.slice(start, 4 &* labelElements), labelElements, from: 0, of: sample, to: index, of: buffers,
      classes: classes)
  }

  /// Writes numbers of a label from number `first` on: `count` of them stand in `bytes`.
  func copyLabel(
    _ bytes: Bytes, _ count: Int, from first: Int, of sample: UInt64, to index: Int, of buffers: BatchBuffers,
    classes: Int
  ) throws(DataError) {
    if isBuilt(.softmaxCrossEntropy), let output = buffers.classes {
      guard labelKind == .classes else { throw .labelsDiffer }
      let value: Int32 = bytes.load(0)
      try check(value, of: sample, classes: classes)
      output[index] = value
    }
    if isBuilt(.meanSquaredError), let output = buffers.targets {
      guard output.count == buffers.batch &* labelElements else {
        throw targetsDiffer(from: buffers.targetShape)
      }
      for number in 0..<count {
        let target = self.number(bytes, 4 &* number)
        guard target.isFinite else { throw .notFinite(sample: sample) }
        output[index &* labelElements &+ first &+ number] = target
      }
    }
  }

  /// A number of a label, which may be a class.
  @inline(__always)
  func number(_ bytes: Bytes, _ start: Int) -> Float {
    labelKind == .classes ? Float(bytes.load(start, as: Int32.self)) : bytes.load(start)
  }
}
