import Foundation
import IR
import Runtime
import Testing

@testable import Samples

private func source(_ count: Int) throws -> any SampleSource {
  var file = NPZ()
  file["x"] = NumPyArray([count, 2], floats: (0..<(count * 2)).map { Float($0) })
  file["y"] = NumPyArray([count], integers: (0..<count).map { Int64($0 % 2) })
  return try ArraySource(file, path: "d.npz")
}

@Test(arguments: [(1, 0.01, 1), (1, 1.0, 1), (10, 0.01, 1), (10, 0.25, 3), (10, 0.99, 10), (3, 0.5, 2)])
func splitsAreRoundedAndNeverEmpty(count: Int, split: Double, train: Int) throws {
  var options = PackOptions()
  options.split = split
  let writer = try PackWriter(source(count), options)
  #expect(writer.header.samples == count && writer.header.trainSamples == train)
}

@Test func aLimitTakesNoMoreThanThereIs() throws {
  var options = PackOptions()
  options.limit = 100
  #expect(try PackWriter(source(3), options).header.samples == 3)
  options.limit = 0
  #expect(throws: DataFileError.noSamples(path: "d.npz")) { try PackWriter(source(3), options) }
}

/// Folder names of any kind come back from the JSON list.
@Test func classNamesSurviveTheFile() throws {
  let scratch = try Scratch()
  let names = ["\"quoted\"", "a b", "back\\slash", "line\nend", "tab\t", "ß", "日本"]
  let picture = png(gradientPicture(width: 2, height: 2, channels: 1))
  for name in names { _ = try scratch.write(name + "/1.png", picture) }
  _ = try scratch.write(".hidden/1.png", picture)
  let memory = try PackWriter(openSource(scratch.path)).packed()
  let pack = try Pack(memory.bytes)
  let text = (0..<pack.classNames.count).map { pack.classNames[$0] }
  #expect(
    try JSONDecoder().decode([String].self, from: Foundation.Data(text))
      == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
}
