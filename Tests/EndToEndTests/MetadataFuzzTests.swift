import Driver
import Foundation
import Report
import Runtime
import Support
import Testing

@testable import Espalier

/// What a plan says of itself, changed and with the digest put right: refused in words, or as good as the truth.
struct MetadataFuzzTests {
  /// A plan for chosen channels, and the model beside it.
  private static let made = Result { () throws -> Made in
    let training = try SmallTraining()
    let plan = try training.plan(SmallTraining.regionPolicy) { $0.mode = .f32 }
    return Made(training: training, bytes: plan.bytes())
  }

  private struct Made: @unchecked Sendable {
    let training: SmallTraining
    let bytes: [UInt8]
  }

  /// The plan with other metadata of the same length.
  private func sealed(_ bytes: [UInt8], _ json: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: ImageHeader.self) }
    let start = Int(header.metadata.offset)
    bytes.replaceSubrange(start..<(start + json.count), with: json)
    let length = Int(header.length)
    let digest = bytes.withUnsafeBytes {
      Digest(of: Bytes(UnsafeRawBufferPointer(rebasing: $0[..<(length - Digest.size)])))
    }
    withUnsafeBytes(of: digest) { bytes.replaceSubrange((length - Digest.size)..<length, with: $0) }
    return bytes
  }

  private func json(_ bytes: [UInt8]) -> [UInt8] {
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: ImageHeader.self) }
    return Array(bytes[Int(header.metadata.offset)...].prefix(Int(header.metadata.count)))
  }

  /// Everything that works with metadata.
  private func use(_ plan: Plan, _ training: SmallTraining) throws {
    let trainer = try Trainer(plan)
    _ = try? trainer.exported(model: training.scratch.file("m.onnx"))
    _ = try? trainer.gradients(training.samples)
    _ = try? trainer.counters()
    if let map = try? plan.arenaMap() { _ = PlanPage(title: "a plan", plan.report, map).text }
    _ = plan.report.summaryText + plan.report.stepText + plan.report.alternatesText
  }

  /// Each number of the description becomes another one, as long in digits, or nonsense of that length.
  @Test func numbersThatAreNotThoseOfTheFileAreRefused() throws {
    let made = try Self.made.get()
    let text = json(made.bytes)
    try use(Plan(bytes: made.bytes), made.training)
    var refused = 0
    var at = 0
    while at < text.count {
      guard text[at] >= 48, text[at] <= 57 else {
        at += 1
        continue
      }
      var end = at
      while end < text.count, text[end] >= 48, text[end] <= 57 { end += 1 }
      for digit in [UInt8(ascii: "9"), UInt8(ascii: "1")] {
        var changed = text
        for place in at..<end { changed[place] = digit }
        if changed == text { continue }
        do throws(EspalierError) {
          let plan = try Plan(bytes: sealed(made.bytes, changed))
          try? use(plan, made.training)
        } catch {
          guard case .metadata(_, let reason) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(!reason.isEmpty && !reason.contains("DecodingError"))
          refused += 1
        }
      }
      at = end
    }
    #expect(refused > 30)
  }

  /// Bytes changed anywhere in it.
  @Test func descriptionsThatWereChangedNeverTrap() throws {
    let made = try Self.made.get()
    let text = json(made.bytes)
    let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 500
    var generator = SystemRandomNumberGenerator()
    for run in 0..<runs {
      var changed = text
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let place = Int.random(in: 0..<text.count, using: &generator)
        changed[place] = Bool.random() ? UInt8.random(in: 32..<127) : text[Int.random(in: 0..<text.count)]
      }
      do throws(EspalierError) {
        let plan = try Plan(bytes: sealed(made.bytes, changed))
        if run % 20 == 0 { try? use(plan, made.training) }
      } catch {
        guard case .metadata = error else {
          Issue.record("\(error) for \(String(decoding: changed, as: UTF8.self))")
          continue
        }
      }
    }
  }

  /// Deltas changed anywhere, with length and digest put right, are refused or read.
  @Test func deltasThatWereChangedNeverTrap() throws {
    let made = try Self.made.get()
    let plan = try Plan(bytes: made.bytes)
    let trainer = try Trainer(plan)
    _ = try trainer.losses(on: made.training.samples, steps: 3)
    let whole = try Delta(of: trainer)
    let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 2000
    var read = 0
    for codec in Delta.Codec.allCases {
      let bytes = whole.encoded(codec).delta.bytes()
      for _ in 0..<(runs / 4) {
        var changed = bytes
        for _ in 0...Int.random(in: 0..<3) {
          let place = Int.random(in: 24..<(bytes.count - Digest.size))
          changed[place] = [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255)].randomElement()!
        }
        let end = changed.count - Digest.size
        let digest = changed.withUnsafeBytes { Digest(of: Bytes(UnsafeRawBufferPointer(rebasing: $0[..<end]))) }
        withUnsafeBytes(of: digest) { changed.replaceSubrange(end..<changed.count, with: $0) }
        guard let delta = try? Delta(bytes: changed) else { continue }
        read += 1
        if read % 50 == 0 { _ = try? delta.applied(to: plan) }
        _ = delta.encoded(.int8)
      }
    }
    #expect(read > runs / 10)
  }
}
