import Runtime

/// Samples one by one, as streams and rings hold them: label, then the elements as they are packed.
struct SampleRecords {
  let pack: Pack
  let form: SampleForm

  /// - Throws: `DataError.header`: not for packed data that was opened.
  init(_ pack: Pack, magic: UInt64) throws(DataError) {
    self.pack = pack
    var header = pack.header
    header.magic = magic
    header.length = 0
    header.samples = 0
    header.trainSamples = 0
    header.input.bytes = TableSpan()
    header.target.bytes = TableSpan()
    header.classNames = TableSpan()
    header.names = TableSpan()
    form = try SampleForm(header)
  }

  /// Label and elements of a sample.
  func record(_ sample: Int) -> [UInt8] { label(sample) + copy(pack.header.input, Int(form.bytes), sample) }

  func label(_ sample: Int) -> [UInt8] { copy(pack.header.target, 4 * form.labelElements, sample) }

  private func copy(_ array: PackArray, _ count: Int, _ sample: Int) -> [UInt8] {
    let start = Int(array.bytes.offset) + sample * count
    return (start..<(start + count)).map { pack.bytes[$0] }
  }
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
