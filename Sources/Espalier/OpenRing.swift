import CPlatform
import Glibc
import Runtime

/// The file of a ring, mapped and locked.
struct OpenRing {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  let file: Int32

  init(base: UnsafeMutableRawPointer, bytes: Int, file: Int32) {
    self.base = base
    self.bytes = bytes
    self.file = file
  }

  /// Opens a ring, or makes one of so many records.
  ///
  /// - Throws: `EspalierError.cannotRead`, `cannotWrite`, `ring` where it is empty or in use.
  init(_ path: String, _ form: SampleForm, _ capacity: Int, _ recordBytes: Int) throws(EspalierError) {
    var (bytes, file) = (0, Int32(-1))
    var isMade = false
    while true {
      if let base = cp_open_ring(path, &bytes, &file) {
        self.init(base: base, bytes: bytes, file: file)
        return
      }
      switch cp_last_error() {
      case ENOENT where !isMade: try OpenRing.make(path, form, capacity, recordBytes)
      case ENODATA: throw .ring(path: path, .noRing)
      case cp_errno_busy: throw .ring(path: path, .inUse)
      case let cause: throw .cannotRead(path: path, cause: cause)
      }
      isMade = true
    }
  }

  /// - Throws: `EspalierError.cannotWrite`.
  private static func make(
    _ path: String, _ form: SampleForm, _ capacity: Int, _ recordBytes: Int
  ) throws(EspalierError) {
    var header = form.header
    let (records, overflow) = capacity.multipliedReportingOverflow(by: recordBytes)
    guard !overflow, records < Int.max - RingRecord.first else { throw .cannotWrite(path: path, cause: EFBIG) }
    header.samples = UInt32(capacity)
    header.input.bytes = TableSpan(offset: RingRecord.first, count: records)
    header.length = UInt64(RingRecord.first + records)
    let cause = withUnsafeBytes(of: header) { cp_make_ring(path, $0.baseAddress, $0.count, header.length) }
    // Another process was faster.
    guard cause == 0 || cause == EEXIST else { throw .cannotWrite(path: path, cause: cause) }
  }

  /// Lets another process write it.
  func close() {
    cp_unmap(base, bytes)
    Glibc.close(file)
  }
}
