import Runtime

/// Samples one by one, as streams and rings hold them: label, then the elements as height x width x channels.
struct SampleRecords {
  let pack: Pack
  let form: SampleForm
  /// Bytes of one label and one sample.
  var bytes: Int { 4 * form.labelElements + form.elements * elementBytes }

  private var elementBytes: Int { form.type == .u8 ? 1 : 4 }

  /// - Throws: `DataError.header`: not for packed data that was opened.
  init(_ pack: Pack, magic: UInt64) throws(DataError) {
    self.pack = pack
    var header = pack.header
    header.magic = magic
    header.length = 0
    header.samples = 0
    header.trainSamples = 0
    if pack.layout == .channelsFirst { header.layout = SampleLayout.channelsLast.rawValue }
    header.sampleBytes = TableSpan()
    header.labelBytes = TableSpan()
    header.classNames = TableSpan()
    form = try SampleForm(header)
  }

  /// Label and elements of a sample.
  func record(_ sample: Int) -> [UInt8] { label(sample) + elements(sample) }

  func label(_ sample: Int) -> [UInt8] {
    let width = 4 * form.labelElements
    return copy(Int(pack.header.labelBytes.offset) + sample * width, width)
  }

  func elements(_ sample: Int) -> [UInt8] {
    let count = form.elements * elementBytes
    let own = copy(Int(pack.header.sampleBytes.offset) + sample * count, count)
    guard pack.layout == .channelsFirst else { return own }
    let (channels, plane) = (Int(form.header.channels), Int(form.header.height) * Int(form.header.width))
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for pixel in 0..<plane {
      for channel in 0..<channels {
        let first = (channel * plane + pixel) * elementBytes
        result += own[first..<(first + elementBytes)]
      }
    }
    return result
  }

  private func copy(_ start: Int, _ count: Int) -> [UInt8] { (start..<(start + count)).map { pack.bytes[$0] } }
}

extension Samples {
  /// The samples as a stream: its header, then each one; hands over piece by piece.
  ///
  /// - Throws: `EspalierError.data`, and what `write` throws.
  public func writeStream(_ write: ([UInt8]) throws -> Void) throws {
    let records = try self.records(magic: PackHeader.streamMagic)
    try write(withUnsafeBytes(of: records.form.header) { [UInt8]($0) })
    for sample in 0..<count { try write(records.record(sample)) }
  }

  func records(magic: UInt64) throws(EspalierError) -> SampleRecords {
    do throws(DataError) { return try SampleRecords(pack, magic: magic) } catch { throw .data(path: path, error) }
  }
}
