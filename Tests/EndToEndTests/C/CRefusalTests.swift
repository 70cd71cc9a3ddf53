import CEspalier
import EspalierSession
import Foundation
import IR
import Support
import Testing

/// Whatever is wrong, the C functions give a status and a text and go on.
struct CRefusalTests {
  private let scratch: ScratchFolder
  private let plan: [UInt8]
  private let x = [Float](repeating: 0.25, count: 768)

  init() throws {
    scratch = try CPlans.shared.get().copy()
    plan = try scratch.read("i8.plan")
  }

  private func expect(
    _ status: espalier_status, _ wanted: espalier_status, _ session: CSession, _ facts: String...,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(status == wanted, "\(session.text)", sourceLocation: location)
    #expect(session.text.contains("; next: "), "\(session.text)", sourceLocation: location)
    for fact in facts { #expect(session.text.contains(fact), "\(session.text)", sourceLocation: location) }
  }

  @Test func truncatedPlansAreRefused() throws {
    for cut in 0..<100 {
      let session = CSession()
      expect(session.open(Array(plan[..<(plan.count * cut / 100)])), ESPALIER_MALFORMED, session, "the plan")
      try scratch.write("cut.plan", Array(plan[..<(plan.count * cut / 100)]))
      let status = espalier_open_file(session.session, espalier_session_size(), scratch.file("cut.plan"))
      // The system does not map a file without bytes.
      expect(status, cut == 0 ? ESPALIER_CANNOT_READ : ESPALIER_MALFORMED, session, "cut.plan")
    }
  }

  @Test func flippedBytesAreFound() throws {
    var generator = SeededGenerator(seed: 5)
    let session = CSession()
    for _ in 0..<200 {
      var bytes = plan
      let index = Int(generator.next() % UInt64(bytes.count))
      bytes[index] ^= UInt8(truncatingIfNeeded: 1 << (generator.next() % 8))
      #expect(session.open(bytes) == ESPALIER_MALFORMED, "byte \(index)")
      #expect(session.text.contains("; next: "))
    }
    // The block can still be used.
    #expect(session.open(plan) == ESPALIER_OK)
  }

  @Test func misalignedPlansAreRefused() throws {
    let session = CSession()
    let shifted = AlignedBytes([0] + plan)
    let status = espalier_open(
      session.session, espalier_session_size(), shifted.buffer.baseAddress! + 1, plan.count)
    expect(status, ESPALIER_USAGE, session, "multiple of 64")
  }

  @Test func blocksAndArenasAreChecked() throws {
    let session = CSession()
    let size = espalier_session_size()
    #expect(size <= Int(ESPALIER_BLOCK_BYTES) && espalier_data_size() <= Int(ESPALIER_BLOCK_BYTES))
    #expect(espalier_abi() == UInt32(ESPALIER_ABI))
    let path = scratch.file("i8.plan")
    #expect(espalier_open_file(session.session, size - 1, path) == ESPALIER_TOO_SMALL)
    #expect(espalier_open_file(OpaquePointer(session.block + 1), size, path) == ESPALIER_USAGE)
    expect(espalier_open_file(session.session, size, nil), ESPALIER_USAGE, session, "path", "null")
    expect(espalier_open(session.session, size, nil, 64), ESPALIER_USAGE, session, "image", "null")
    expect(espalier_open_file(session.session, size, "/no/such.plan"), ESPALIER_NOT_FOUND, session, "/no/such.plan")
    expect(espalier_open_file(session.session, size, scratch.path), ESPALIER_CANNOT_READ, session, scratch.path)
    let long = "/" + String(repeating: "a", count: 8000)
    expect(espalier_open_file(session.session, size, long), ESPALIER_CANNOT_READ, session, "...aaa")
    #expect(espalier_open_file(session.session, size, path) == ESPALIER_OK)
    expect(espalier_open_file(session.session, size, path), ESPALIER_USAGE, session, "close")

    var plan = espalier_plan()
    #expect(espalier_info(session.session, &plan) == ESPALIER_OK)
    let bytes = Int(plan.arena_bytes)
    expect(espalier_start(session.session, nil, bytes), ESPALIER_USAGE, session, "arena", "null")
    let arena = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
    defer { arena.deallocate() }
    expect(espalier_start(session.session, arena, bytes - 1), ESPALIER_TOO_SMALL, session, "\(bytes)", "\(bytes - 1)")
    for shift in [1, 4, 16, 63] {
      expect(espalier_start(session.session, arena + shift, bytes), ESPALIER_USAGE, session, "multiple of 64")
    }
    expect(espalier_reset(session.session), ESPALIER_USAGE, session, "no arena")
    #expect(espalier_start(session.session, arena, bytes) == ESPALIER_OK)
    // And once more, anew.
    #expect(espalier_start(session.session, arena, bytes) == ESPALIER_OK)
    espalier_close(session.session)
  }

  @Test func callsBeforeTheirTimeAreRefused() throws {
    var plan = espalier_plan()
    for session in [CSession(), CSession()] {
      #expect(espalier_info(session.session, &plan) == ESPALIER_USAGE)
      #expect(session.text.hasPrefix("there is no session in this block"))
      _ = session.open([])
      expect(espalier_info(session.session, &plan), ESPALIER_USAGE, session, "no open plan")
      expect(espalier_reset(session.session), ESPALIER_USAGE, session, "no open plan")
    }
    #expect(espalier_info(nil, &plan) == ESPALIER_USAGE && espalier_close(nil) == ESPALIER_USAGE)
    #expect(String(cString: espalier_error_text(nil)).contains("next: "))
    #expect(espalier_data_close(nil) == ESPALIER_USAGE)
    let session = try CSession(scratch.file("i8.plan"))
    #expect(espalier_close(session.session) == ESPALIER_OK && espalier_close(session.session) == ESPALIER_USAGE)
    #expect(espalier_info(session.session, &plan) == ESPALIER_USAGE)
    // A block that was moved is no session.
    let other = try CSession(scratch.file("i8.plan"))
    let copy = UnsafeMutableRawPointer.allocate(byteCount: espalier_session_size(), alignment: 8)
    copy.copyMemory(from: other.block, byteCount: espalier_session_size())
    #expect(espalier_info(OpaquePointer(copy), &plan) == ESPALIER_USAGE)
    copy.deallocate()
  }

  @Test func nullPointersAreRefused() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let data = try CData(session, scratch.file("d.pack"))
    let s = session.session
    let labels: [Int32] = [0, 1, 2, 0]
    var plan = espalier_plan()
    var count: UInt64 = 0
    var bytes = 0
    expect(espalier_info(s, nil), ESPALIER_USAGE, session, "plan", "null")
    expect(espalier_metadata(s, nil, &bytes), ESPALIER_USAGE, session, "json", "null")
    expect(espalier_step(s, nil, 3072, labels, 16, nil), ESPALIER_USAGE, session, "samples", "null")
    expect(espalier_step(s, x, 3072, nil, 16, nil), ESPALIER_USAGE, session, "labels", "null")
    expect(espalier_evaluate(s, 4, x, 3072, labels, 16, nil), ESPALIER_USAGE, session, "score", "null")
    expect(espalier_predict(s, 4, x, 3072, nil), ESPALIER_USAGE, session, "predictions", "null")
    expect(espalier_get_progress(s, nil), ESPALIER_USAGE, session, "progress", "null")
    expect(espalier_save(s, nil), ESPALIER_USAGE, session, "path", "null")
    expect(espalier_load(s, nil, nil), ESPALIER_USAGE, session, "path", "null")
    expect(espalier_data_open(s, nil, 4096, scratch.file("d.pack")), ESPALIER_USAGE, session, "data", "null")
    expect(espalier_data_open(s, data.data, 4096, scratch.file("d.pack")), ESPALIER_USAGE, session, "close")
    expect(espalier_data_count(s, data.data, nil, &count), ESPALIER_USAGE, session, "samples", "null")
    expect(espalier_train(s, nil, nil, nil), ESPALIER_USAGE, session, "no open data")
    expect(espalier_evaluate_data(s, data.data, nil), ESPALIER_USAGE, session, "score", "null")
    // Nothing of this has changed anything; a report may be null.
    #expect(try session.progress().step == 0 && espalier_info(s, &plan) == ESPALIER_OK)
    #expect(espalier_step(s, x, 3072, labels, 16, nil) == ESPALIER_OK)
    #expect(espalier_train(s, data.data, nil, nil) == ESPALIER_OK)
  }

  @Test func wrongSizesAreRefused() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let s = session.session
    let labels: [Int32] = [0, 1, 2, 0]
    var logits = [Float](repeating: 0, count: 12)
    for bytes in [0, 3071, 3073, -1, Int.max] {
      expect(espalier_step(s, x, bytes, labels, 16, nil), ESPALIER_USAGE, session, "samples has \(bytes) bytes", "3072")
    }
    expect(espalier_step(s, x, 3072, labels, 12, nil), ESPALIER_USAGE, session, "labels has 12 bytes", "16")
    for count in [5, 1 << 40, Int.max, -1] {
      logits.withUnsafeMutableBufferPointer {
        var request = espalier_predictions()
        request.logits = $0.baseAddress
        request.logits_bytes = 48
        expect(espalier_predict(s, count, x, 3072, &request), ESPALIER_USAGE, session)
        request.logits_bytes = 47
        expect(espalier_predict(s, 4, x, 3072, &request), ESPALIER_USAGE, session, "logits has 47 bytes", "48")
        request.logits = UnsafeMutableRawPointer($0.baseAddress!).advanced(by: 1).assumingMemoryBound(to: Float.self)
        request.logits_bytes = 48
        expect(espalier_predict(s, 4, x, 3072, &request), ESPALIER_USAGE, session, "aligned")
      }
    }
    let data = try CData(session, scratch.file("d.pack"))
    var request = espalier_predictions()
    for (first, count) in [(0, 49), (48, 1), (-1, 2), (49, 0), (1, Int.max)] {
      expect(
        espalier_predict_data(s, data.data, first, count, &request), ESPALIER_USAGE, session, "48 samples")
    }
    #expect(espalier_predict_data(s, data.data, 48, 0, &request) == ESPALIER_OK)
    let block = OpaquePointer(UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 8))
    defer { UnsafeMutableRawPointer(block).deallocate() }
    expect(espalier_data_open(s, block, 8, scratch.file("d.pack")), ESPALIER_TOO_SMALL, session, "8 bytes")
    var order = espalier_order(seed: 0, flags: 64, reserved: 0)
    expect(espalier_train(s, data.data, &order, nil), ESPALIER_USAGE, session, "flags")
  }

  @Test func wrongLabelsChangeNothing() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let before = try session.checkpoint(in: scratch)
    for label: Int32 in [3, -1, .max, .min] {
      expect(
        espalier_step(session.session, x, 3072, [0, 1, label, 2], 16, nil), ESPALIER_MALFORMED, session, "sample 2",
        "label \(label)", "0 to 2")
      var score = espalier_score()
      expect(
        espalier_evaluate(session.session, 4, x, 3072, [0, 1, 2, label], 16, &score), ESPALIER_MALFORMED, session,
        "sample 3")
    }
    #expect(try session.checkpoint(in: scratch) == before)
  }

  @Test func otherFilesAreRefused() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let s = session.session
    for (name, bytes) in [("a.pack", plan), ("b.pack", Array(try scratch.read("d.pack").dropLast(7)))] {
      try scratch.write(name, bytes)
      do {
        _ = try CData(session, scratch.file(name))
        Issue.record("\(name) was opened")
      } catch let error as CSessionError {
        #expect(error.status == ESPALIER_MALFORMED && error.text.contains(name) && error.text.contains("; next: "))
      }
    }
    expect(espalier_load(s, scratch.file("none.ckpt"), nil), ESPALIER_NOT_FOUND, session, "none.ckpt")
    expect(espalier_load(s, scratch.file("d.pack"), nil), ESPALIER_MALFORMED, session, "d.pack is no checkpoint")
    try session.check(espalier_save(s, scratch.file("c.ckpt")))
    let other = try CSession(scratch.file("f32.plan"))
    expect(espalier_load(other.session, scratch.file("c.ckpt"), nil), ESPALIER_MALFORMED, other, "another plan")
    let data = try CData(session, scratch.file("d.pack"))
    expect(espalier_train(other.session, data.data, nil, nil), ESPALIER_USAGE, other, "another plan")
    let bytes = try scratch.read("c.ckpt")
    for cut in 0..<100 {
      try scratch.write("cut.ckpt", Array(bytes[..<(bytes.count * cut / 100)]))
      let status = espalier_load(s, scratch.file("cut.ckpt"), nil)
      expect(status, cut == 0 ? ESPALIER_CANNOT_READ : ESPALIER_MALFORMED, session, "cut.ckpt")
    }
    expect(espalier_save(s, scratch.file("no/such/c.ckpt")), ESPALIER_CANNOT_WRITE, session, "no/such/c.ckpt")
    expect(espalier_save(s, scratch.path), ESPALIER_CANNOT_WRITE, session, scratch.path)
    #expect(try scratch.read("c.ckpt") == bytes)
  }

  @Test func numbersThatAreNoneDivergeAndAreNotKept() throws {
    let session = try CSession(scratch.file("f32.plan"))
    let s = session.session
    let path = scratch.file("c.ckpt")
    try session.check(espalier_save(s, path))
    let before = try scratch.read("c.ckpt")
    let bad = [Float](repeating: 3e38, count: 768)
    expect(espalier_step(s, bad, 3072, [0, 1, 2, 0] as [Int32], 16, nil), ESPALIER_DIVERGED, session, "diverged")
    expect(espalier_save(s, path), ESPALIER_DIVERGED, session, "diverged")
    #expect(try scratch.read("c.ckpt") == before)
    try session.check(espalier_load(s, path, nil))
    try session.check(espalier_save(s, path))
    #expect(try scratch.read("c.ckpt") == before)
    // Integers end at the ends of their range.
    let integers = try CSession(scratch.file("i8.plan"))
    #expect(try integers.step(bad, [0, 1, 2, 0]).loss.isFinite)
  }

  /// As in files of samples; also where integers would take them for zeros or the ends of their range.
  @Test(arguments: ["f32.plan", "i8.plan"]) func samplesThatAreNoNumbersAreRefused(plan: String) throws {
    let session = try CSession(scratch.file(plan))
    let s = session.session
    let before = try session.checkpoint(in: scratch)
    for value in [Float.nan, .infinity, -.infinity] {
      var bad = x
      bad[2 * 192 + 7] = value
      let fact = "sample 2 has a value that is infinite or not a number"
      expect(espalier_step(s, bad, 3072, [0, 1, 2, 0] as [Int32], 16, nil), ESPALIER_MALFORMED, session, fact)
      var score = espalier_score()
      let judged = espalier_evaluate(s, 4, bad, 3072, [0, 1, 2, 0] as [Int32], 16, &score)
      expect(judged, ESPALIER_MALFORMED, session, fact)
      var result = CPredictions(4, outputs: Int(try session.info().outputs))
      #expect(throws: CSessionError.self) {
        try result.fill {
          let status = espalier_predict(s, 4, bad, 3072, $0)
          expect(status, ESPALIER_MALFORMED, session, fact)
          return status
        }
      }
    }
    #expect(try session.checkpoint(in: scratch) == before)
  }

  /// The plan and the data that are open, and whatever else is no checkpoint, also where a link leads to it.
  @Test func whatIsNoCheckpointIsNotSavedOver() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let data = try CData(session, scratch.file("d.pack"))
    try scratch.write("text", Array("the only copy".utf8))
    let before = try ["i8.plan", "d.pack", "text"].map { try scratch.read($0) }
    for name in ["i8.plan", "d.pack", "text"] {
      expect(espalier_save(session.session, scratch.file(name)), ESPALIER_CANNOT_WRITE, session, name, "did not make")
    }
    try FileManager.default.createSymbolicLink(atPath: scratch.file("link"), withDestinationPath: "text")
    expect(espalier_save(session.session, scratch.file("link")), ESPALIER_CANNOT_WRITE, session, "symbolic link")
    #expect(try ["i8.plan", "d.pack", "text"].map { try scratch.read($0) } == before)
    _ = try session.train(data)
    for _ in 0..<2 { try session.check(espalier_save(session.session, scratch.file("own.ckpt"))) }
  }

  @Test func everyStatusHasWords() {
    let known: [espalier_status] = [
      ESPALIER_OK, ESPALIER_DIVERGED, ESPALIER_TOO_SMALL, ESPALIER_USAGE, ESPALIER_MALFORMED, ESPALIER_NOT_FOUND,
      ESPALIER_CANNOT_WRITE, ESPALIER_CANNOT_READ,
    ]
    let words = known.map { String(cString: espalier_status_text($0)) }
    let unknown = String(cString: espalier_status_text(espalier_status(rawValue: 99)))
    #expect(Set(words).count == known.count && !words.contains(unknown) && unknown.contains("no status"))
  }
}
