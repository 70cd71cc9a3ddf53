import CPlatform
import Runtime

/// A file of fixed size that holds the last samples written to it, for a runner that trains on them meanwhile.
///
/// There is one writer, which has the file locked; labels may come later, from the same one.
public final class RingWriter {
  /// Samples that the ring holds.
  public let capacity: Int
  private let records: SampleRecords
  private let samples: Samples
  private let base: UnsafeMutableRawPointer
  private let bytes: Int
  private let file: Int32
  private let path: String
  private let first: Int
  private let recordBytes: Int

  /// Opens a ring for samples like these, or makes one.
  ///
  /// - Throws: `EspalierError.cannotRead`, `cannotWrite`, `data` where the file is damaged, `ring` where it is no
  ///   ring, one of other samples, or one that another process writes.
  public init(path: String, for samples: Samples, capacity wanted: Int? = nil) throws(EspalierError) {
    self.path = path
    self.samples = samples
    records = try samples.records(magic: PackHeader.ringMagic)
    let form = records.form
    recordBytes = Int(RingRecord.bytes(form))
    first = RingRecord.first
    let ring = try OpenRing(path, form, wanted ?? samples.count, recordBytes)
    (base, bytes, file) = (ring.base, ring.bytes, ring.file)
    do throws(EspalierError) {
      guard bytes >= RingRecord.first else { throw .ring(path: path, .noRing) }
      let header = ring.base.loadUnaligned(as: PackHeader.self)
      try RingWriter.check(header, ring.bytes, path: path)
      if let difference = RingDifference(between: header, and: form.header, samples.path) {
        throw .ring(path: path, difference)
      }
      capacity = Int(header.samples)
    } catch {
      ring.close()
      throw error
    }
  }

  deinit { OpenRing(base: base, bytes: bytes, file: file).close() }

  /// Refuses what is no ring, whatever samples are in it.
  private static func check(_ header: PackHeader, _ bytes: Int, path: String) throws(EspalierError) {
    guard header.magic == PackHeader.ringMagic else { throw .ring(path: path, .noRing) }
    do throws(DataError) {
      guard header.version == PackHeader.version else {
        throw .version(found: header.version, supported: PackHeader.version)
      }
      guard header.length == UInt64(bytes) else { throw .length(stated: header.length, actual: UInt64(bytes)) }
      let form = try SampleForm(header)
      let size = CheckedSize(header.samples) * Int(RingRecord.bytes(form))
      guard header.samples > 0, header.input.bytes.offset == UInt64(RingRecord.first), size + RingRecord.first == bytes
      else { throw .header }
    } catch { throw .data(path: path, error) }
  }

  /// Samples that were ever written.
  public var written: UInt32 { cp_load(base + RingRecord.counter) }

  /// Appends a sample; the oldest one makes room for it.
  ///
  /// - Parameter isLabelled: whether its label is known already; else `label` gives it later.
  /// - Returns: the number of the sample, for `label`.
  /// - Throws: `EspalierError.ring` where all numbers are given: a reader takes one below its last for another ring's.
  @discardableResult
  public func append(_ sample: Int, isLabelled: Bool = true) throws(EspalierError) -> UInt32 {
    try checkRoom(for: 1)
    let number = written + 1
    let record = self.record(number)
    // Nobody takes a record for whole while it is written.
    cp_store(record, 0)
    cp_store(record + RingRecord.state, isLabelled ? RingRecord.labelled : 0)
    let bytes = records.record(sample)
    bytes.withUnsafeBytes { (record + RingRecord.label).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    cp_store(record, number)
    cp_store(base + RingRecord.counter, number)
    return number
  }

  /// Refuses more samples than there are numbers left.
  ///
  /// - Throws: `EspalierError.ring`.
  public func checkRoom(for count: Int) throws(EspalierError) {
    guard count <= Int(UInt32.max - written) else { throw .ring(path: path, .full) }
  }

  /// Gives a sample its label, that of `sample`, if it is still there.
  public func label(_ number: UInt32, as sample: Int) {
    let record = self.record(number)
    guard cp_load(record) == number else { return }
    let bytes = records.label(sample)
    bytes.withUnsafeBytes { (record + RingRecord.label).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    cp_store(record + RingRecord.state, RingRecord.labelled)
  }

  private func record(_ number: UInt32) -> UnsafeMutableRawPointer {
    base + first + Int((number &- 1) % UInt32(capacity)) * recordBytes
  }
}
