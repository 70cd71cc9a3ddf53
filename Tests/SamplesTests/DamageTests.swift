import IR
import Testing

@testable import Samples

/// Bytes of a good file changed, cut and repeated at random.
private func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
  var result = bytes
  for _ in 0...Int.random(in: 0..<4, using: &generator) {
    guard !result.isEmpty else { return result }
    let index = Int.random(in: 0..<result.count, using: &generator)
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: result[index] = UInt8.random(in: 0...255, using: &generator)
    case 1: result[index] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator)!
    case 2: result.removeSubrange(index...)
    case 3: result.remove(at: index)
    default: result.insert(contentsOf: result[..<min(8, result.count)], at: index)
    }
  }
  return result
}

/// Whatever is read from a damaged picture is a picture of some size.
@Test(arguments: UInt64(0)..<8) func damagedPicturesAreReadOrRefused(seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed)
  let picture = gradientPicture(width: 20, height: 12, channels: seed % 2 == 0 ? 3 : 1)
  let files = [png(picture), jpeg(picture)]
  var refused = 0
  for round in 0..<250 {
    let bytes = OwnedBytes(damaged(files[round % 2], &generator))
    do {
      let read = try Picture(bytes, path: "p")
      #expect(read.pixels.count == read.width * read.height * read.channels)
    } catch {
      guard case .unreadableImage(path: "p", let reason) = error, !reason.isEmpty else {
        Issue.record("\(error)")
        continue
      }
      refused += 1
    }
  }
  #expect(refused > 50)
}

@Test(arguments: UInt64(0)..<8) func damagedArraysAreReadOrRefused(seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed)
  var file = NPZ()
  file["x"] = NumPyArray([3, 4], floats: (0..<12).map { Float($0) })
  file["y"] = NumPyArray([3], integers: [0, 1, 2])
  let files = try [file.encoded(path: "f"), NumPyArray([3, 4], floats: (0..<12).map { Float($0) }).npyPrefix()]
  for round in 0..<1_000 {
    let bytes = OwnedBytes(damaged(files[round % 2], &generator))
    guard let read = try? NPZ(bytes, path: "f") else { continue }
    for (_, array) in read.arrays { #expect(array.numbers(0..<array.count).count == array.count) }
  }
}

@Test(arguments: [false, true]) func damagedIDXFilesAreReadOrRefused(isPacked: Bool) throws {
  var generator = SeededGenerator(seed: 5)
  let scratch = try Scratch()
  let plain = idx([2, 3, 4], (0..<24).map { UInt8($0) })
  let file = isPacked ? deflated(plain, windowBits: 31) : plain
  _ = try scratch.write("labels", idx([2], [1, 0]))
  for _ in 0..<300 {
    let path = try scratch.write("images", damaged(file, &generator))
    guard let source = try? openSource(path, labels: scratch.path + "/labels") else { continue }
    for index in 0..<source.labels.samples { #expect(try source.sample(index).count == source.form.bytes) }
  }
}
