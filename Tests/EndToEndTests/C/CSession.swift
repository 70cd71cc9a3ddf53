import CEspalier
import EspalierSession
import Foundation
import Support
import Testing

/// A session of the C functions in memory of exactly the sizes they ask for.
final class CSession {
  let block: UnsafeMutableRawPointer
  let session: OpaquePointer
  private(set) var arena: UnsafeMutableRawPointer?
  // Keeps an image in memory.
  private var image: AlignedBytes?

  init() {
    block = .allocate(byteCount: espalier_session_size(), alignment: 8)
    // What a block held before does not matter.
    block.initializeMemory(as: UInt8.self, repeating: 0xa5, count: espalier_session_size())
    session = OpaquePointer(block)
  }

  /// Opens a plan and starts it.
  convenience init(_ path: String) throws {
    self.init()
    try check(espalier_open_file(session, espalier_session_size(), path))
    try start()
  }

  deinit {
    espalier_close(session)
    block.deallocate()
    arena?.deallocate()
  }

  func open(_ bytes: [UInt8]) -> espalier_status {
    let image = AlignedBytes(bytes)
    self.image = image
    return espalier_open(session, espalier_session_size(), image.buffer.baseAddress, bytes.count)
  }

  func start() throws {
    let bytes = Int(try info().arena_bytes)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Int(ESPALIER_ARENA_ALIGNMENT))
    arena = memory
    try check(espalier_start(session, memory, bytes))
  }

  var text: String { String(cString: espalier_error_text(session)) }

  func check(_ status: espalier_status) throws {
    if status != ESPALIER_OK { throw CSessionError(status: status, text: text) }
  }

  func info() throws -> espalier_plan {
    var plan = espalier_plan()
    try check(espalier_info(session, &plan))
    return plan
  }

  func progress() throws -> espalier_progress {
    var progress = espalier_progress()
    try check(espalier_get_progress(session, &progress))
    return progress
  }

  func step(_ x: some Collection<Float>, _ y: [Int32]) throws -> espalier_report {
    var report = espalier_report()
    try check(espalier_step(session, Array(x), 4 * x.count, y, 4 * y.count, &report))
    return report
  }

  /// Logits, classes and probabilities of samples.
  func predict(_ x: [Float], count: Int) throws -> CPredictions {
    var result = CPredictions(count, outputs: Int(try info().outputs))
    try result.fill { espalier_predict(session, count, x, 4 * x.count, $0) }
    return result
  }

  func train(_ data: CData, _ order: espalier_order = espalier_order()) throws -> espalier_report {
    var order = order
    var report = espalier_report()
    try check(espalier_train(session, data.data, &order, &report))
    return report
  }

  /// The bytes of a checkpoint written now.
  func checkpoint(in scratch: ScratchFolder) throws -> [UInt8] {
    let name = UUID().uuidString + ".ckpt"
    try check(espalier_save(session, scratch.file(name)))
    return try scratch.read(name)
  }
}

struct CSessionError: Error, CustomStringConvertible {
  let status: espalier_status
  let text: String
  var description: String { "\(status.rawValue): \(text)" }
}

/// Results of a prediction, in arrays of exactly the needed size.
struct CPredictions: Equatable {
  var logits: [Float]
  var classes: [Int32]
  var probabilities: [Float]

  init(_ count: Int, outputs: Int) {
    logits = .init(repeating: -1, count: count * outputs)
    classes = .init(repeating: -1, count: count)
    probabilities = .init(repeating: -1, count: count)
  }

  mutating func fill(_ call: (UnsafePointer<espalier_predictions>) -> espalier_status) throws {
    let status = logits.withUnsafeMutableBufferPointer { logits in
      classes.withUnsafeMutableBufferPointer { classes in
        probabilities.withUnsafeMutableBufferPointer { probabilities in
          var request = espalier_predictions(
            logits: logits.baseAddress, logits_bytes: 4 * logits.count, classes: classes.baseAddress,
            classes_bytes: 4 * classes.count, probabilities: probabilities.baseAddress,
            probabilities_bytes: 4 * probabilities.count)
          return call(&request)
        }
      }
    }
    if status != ESPALIER_OK { throw CSessionError(status: status, text: "predict") }
  }
}

/// Packed data of the C functions.
final class CData {
  let block: UnsafeMutableRawPointer
  let data: OpaquePointer

  init(_ session: CSession, _ path: String) throws {
    block = .allocate(byteCount: espalier_data_size(), alignment: 8)
    block.initializeMemory(as: UInt8.self, repeating: 0xa5, count: espalier_data_size())
    data = OpaquePointer(block)
    try session.check(espalier_data_open(session.session, data, espalier_data_size(), path))
  }

  deinit {
    espalier_data_close(data)
    block.deallocate()
  }
}
