/// Samples in memory of a caller who keeps it as it is, one behind the other; their labels likewise, where there are any.
public struct MemorySamples {
  public let form: SampleForm
  public let count: Int
  private let samples: Bytes
  private let labels: Bytes?
  private let classes: Int

  /// - Throws: `DataError.sampleDiffers` for a form of other samples, `labelsDiffer` for one of other labels, `length` of
  ///   samples or labels, `label`.
  public init(_ samples: Bytes, labels: Bytes?, count: Int, _ form: SampleForm, for image: Image) throws(DataError) {
    try form.check(for: image)
    try form.checkLabels(for: image)
    self.form = form
    self.count = count
    self.samples = samples
    self.labels = labels
    classes = image.classes
    try MemorySamples.check(samples, count, of: form.bytes)
    guard let labels else { return }
    try MemorySamples.check(labels, count, of: form.labelBytes)
    guard classes > 0 else { return }
    for sample in 0..<count {
      try form.check(label(sample), of: zeroExtended(sample), classes: classes)
    }
  }

  /// Samples of packed data as they stand there, without labels; the range must be inside.
  ///
  /// - Throws: `DataError.sampleDiffers`.
  public init(_ pack: Pack, first: Int, count: Int, for image: Image) throws(DataError) {
    try pack.form.check(for: image)
    form = pack.form
    self.count = count
    samples = pack.bytes.slice(pack.start(first), count &* Int(truncatingIfNeeded: pack.form.bytes))
    labels = nil
    classes = image.classes
  }

  /// A size that is no product of `count` is told, too, where that product is more than 64 bits can say.
  private static func check(_ bytes: Bytes, _ count: Int, of size: UInt64) throws(DataError) {
    let stated = zeroExtended(count).multipliedReportingOverflow(by: size)
    guard !stated.overflow, stated.partialValue == zeroExtended(bytes.count) else {
      throw .length(stated: stated.overflow ? .max : stated.partialValue, actual: zeroExtended(bytes.count))
    }
  }

  /// Writes up to a batch of samples from `first` on, then zeros; returns how many are real.
  ///
  /// - Throws: `DataError.labelsDiffer`, `notFinite`.
  public func fill(_ buffers: BatchBuffers, from first: Int) throws(DataError) -> Int {
    let valid = min(buffers.batch, count &- first)
    for index in 0..<valid {
      let start = (first &+ index) &* Int(truncatingIfNeeded: form.bytes)
      try form.checkNumbers(samples, at: start, form.elements, of: zeroExtended(first &+ index))
      buffers.put(index, form, samples, at: start)
      guard let labels else { continue }
      try form.copyLabel(
        labels, at: labelStart(first &+ index), of: zeroExtended(first &+ index), to: index, of: buffers,
        classes: classes)
    }
    for index in valid..<buffers.batch { buffers.clear(index) }
    return valid
  }

  private func labelStart(_ sample: Int) -> Int { sample &* Int(truncatingIfNeeded: form.labelBytes) }
}

extension MemorySamples: SampleLabels {
  /// Class of a sample; 0 where there are no labels.
  public func label(_ sample: Int) -> Int32 { number(at: labelStart(sample)) ?? 0 }

  /// Number `index` of a sample's label; 0 where there are none.
  public func target(_ sample: Int, _ index: Int) -> Float { number(at: labelStart(sample) &+ 4 &* index) ?? 0 }

  // Behind `?.`, the compiler would take `load` for one of an optional, which is a byte longer.
  private func number<T: BitwiseCopyable>(at start: Int) -> T? {
    guard let labels else { return nil }
    let number: T = labels.load(start)
    return number
  }
}

extension SampleForm {
  /// What samples of a plan look like that are given as `type`, with labels as the plan's loss takes them.
  ///
  /// - Parameters:
  ///   - layout: nil for that of the model's own input.
  ///   - change: sets scale, means and deviations: one a channel, or the first for all where there are more than 16.
  /// - Throws: `DataError.header`: a normalization that makes no sense.
  public init(
    of image: Image, _ type: SampleType, _ layout: SampleLayout, _ change: (inout PackArray) -> Void = { _ in }
  ) throws(DataError) {
    var header = PackHeader()
    let input = image.header.input
    header.input.type = type.rawValue
    header.input.layout = layout.rawValue
    if layout == .picture {
      header.input.shape.append(input.rows)
      header.input.shape.append(input.columns)
      header.input.shape.append(input.channels)
    } else {
      header.input.shape = input.shape
    }
    header.input.channels = input.channels > UInt32(PackArray.channelLimit) ? 1 : input.channels
    header.input.channelStep = UInt32(input.steps(isOwnOrder: layout == .model).steps[2])
    header.classes = image.header.classes
    header.target.type = (image.classes > 0 ? SampleType.i32 : .f32).rawValue
    header.target.shape = image.header.target.shape
    change(&header.input)
    try self.init(header)
  }

  /// Bytes of one label.
  public var labelBytes: UInt64 { zeroExtended(labelElements) &* 4 }
}
