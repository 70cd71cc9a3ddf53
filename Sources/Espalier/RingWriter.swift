import CPlatform
import Foundation
import Runtime

/// A file of fixed size that holds the last samples written to it, for a runner that trains on them meanwhile.
///
/// There must be one writer; labels may come later, from the same process.
public final class RingWriter {
  /// Samples that the ring holds.
  public let capacity: Int
  private let records: SampleRecords
  private let samples: Samples
  private let base: UnsafeMutableRawPointer
  private let bytes: Int
  private let first: Int
  private let recordBytes: Int

  /// Opens a ring for samples like these, or makes one.
  ///
  /// - Throws: `EspalierError.cannotRead`, `cannotWrite`, `data` where the file is no ring, or one of other samples.
  public init(path: String, for samples: Samples, capacity wanted: Int? = nil) throws(EspalierError) {
    self.samples = samples
    records = try samples.records(magic: PackHeader.ringMagic)
    let form = records.form
    recordBytes = Int(RingRecord.bytes(form))
    first = RingRecord.first
    if !FileManager.default.fileExists(atPath: path) {
      try RingWriter.make(path, form, wanted ?? samples.count, recordBytes)
    }
    let file = open(path, O_RDWR | O_CLOEXEC)
    guard file >= 0 else { throw .cannotRead(path: path, cause: errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotRead(path: path, cause: errno) }
    bytes = Int(status.st_size)
    guard bytes >= RingRecord.first else { throw .data(path: path, .notAPack) }
    guard let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), mapped != MAP_FAILED else {
      throw .cannotRead(path: path, cause: errno)
    }
    base = mapped
    let header = mapped.loadUnaligned(as: PackHeader.self)
    capacity = Int(header.samples)
    let size = CheckedSize(header.samples) * recordBytes + RingRecord.first
    do throws(DataError) {
      guard size == bytes else { throw .header }
      try check(header)
    } catch {
      munmap(mapped, bytes)
      throw .data(path: path, error)
    }
  }

  deinit { munmap(base, bytes) }

  private func check(_ header: PackHeader) throws(DataError) {
    guard header.magic == PackHeader.ringMagic else { throw .notAPack }
    guard header.version == PackHeader.version else {
      throw .version(found: header.version, supported: PackHeader.version)
    }
    var expected = RingWriter.header(records.form, capacity, recordBytes)
    var found = header
    let isSame = withUnsafeBytes(of: &expected) { a in withUnsafeBytes(of: &found) { a.elementsEqual($0) } }
    guard isSame, capacity > 0, header.length == UInt64(bytes) else { throw .header }
  }

  private static func header(_ form: SampleForm, _ capacity: Int, _ recordBytes: Int) -> PackHeader {
    var header = form.header
    header.samples = UInt32(capacity)
    header.input.bytes = TableSpan(offset: RingRecord.first, count: capacity * recordBytes)
    header.length = UInt64(RingRecord.first + capacity * recordBytes)
    return header
  }

  private static func make(
    _ path: String, _ form: SampleForm, _ capacity: Int, _ recordBytes: Int
  ) throws(EspalierError) {
    let head = header(form, capacity, recordBytes)
    var contents = [UInt8](repeating: 0, count: Int(head.length))
    withUnsafeBytes(of: head) { contents.replaceSubrange(0..<$0.count, with: $0) }
    let cause = path.withCString { path in
      contents.withUnsafeBytes { cp_write_file(path, $0.baseAddress, $0.count, nil, 0) }
    }
    guard cause == 0 else { throw .cannotWrite(path: path, cause: cause) }
  }

  /// Samples that were ever written.
  public var written: UInt32 { cp_load(base + RingRecord.counter) }

  /// Appends a sample; the oldest one makes room for it.
  ///
  /// - Parameter isLabelled: whether its label is known already; else `label` gives it later.
  /// - Returns: the number of the sample, for `label`.
  @discardableResult
  public func append(_ sample: Int, isLabelled: Bool = true) -> UInt32 {
    let number = written &+ 1
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
