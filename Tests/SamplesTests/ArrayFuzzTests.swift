import Foundation
import IR
import Testing

@testable import Samples

/// `.npz` files with other bytes in them, checksums put right: each is read or refused, and none ends the process.
///
/// 20,000 of them, or `ESPALIER_FUZZ`.
@Test func changedArraysAreReadOrRefused() throws {
  var generator = SeededGenerator(seed: 9)
  var file = NPZ()
  file["x"] = NumPyArray([4, 3, 2], floats: (0..<24).map { Float($0) })
  file["y"] = NumPyArray([4], integers: [0, 1, 2, 1])
  let whole = try file.encoded(path: "x.npz")
  let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 20_000
  let words = ["(4,)", "(0, 5)", "True", "<f8", "|u1", "<i2", "9223372036854775807", "-1", "'", ")", "shape"]
  var (read, samples) = (0, 0)
  for _ in 0..<runs {
    var bytes = whole
    for _ in 0...Int.random(in: 0..<3, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator)!
      case 2: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &generator))
      default:
        let word = Array(words.randomElement(using: &generator)!.utf8).prefix(bytes.count - place)
        bytes.replaceSubrange(place..<(place + word.count), with: word)
      }
    }
    bytes.withUnsafeMutableBufferPointer { signEntries($0.baseAddress!, $0.count) }
    guard let file = try? NPZ(OwnedBytes(bytes), path: "x.npz") else { continue }
    read += 1
    for (_, array) in file.arrays { #expect(array.count <= whole.count) }
    guard let source = try? ArraySource(file, path: "x.npz") else { continue }
    samples += 1
    for index in 0..<source.labels.samples { _ = try? source.sample(index) }
  }
  #expect(read > runs / 10 && read < runs && samples > runs / 100, "\(read), \(samples)")
}
