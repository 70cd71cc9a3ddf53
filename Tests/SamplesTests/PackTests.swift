import IR
import Runtime
import Testing

@testable import Samples

private func source(_ count: Int) throws -> any SampleSource {
  var file = NPZ()
  file["x"] = NumPyArray([count, 2, 3], floats: (0..<(count * 6)).map { Float($0) })
  file["y"] = NumPyArray([count], integers: (0..<count).map { Int64($0 % 4) })
  return try ArraySource(file, path: "d.npz")
}

@Test func whatIsPackedIsWhatTheRuntimeReads() throws {
  let memory = try PackWriter(source(10)).packed()
  let pack = try Pack(memory.bytes)
  #expect(pack.samples == 10 && pack.header.trainSamples == 10 && pack.header.classes == 4)
  #expect(pack.layout == .model && pack.header.input.shape == ArrayShape([2, 3]))
  #expect((0..<10).map { pack.label($0) } == (0..<10).map { Int32($0 % 4) })
  let first = Int(pack.header.input.bytes.offset)
  let values = (0..<60).map { memory.bytes.load(first + 4 * $0, as: Float.self) }
  #expect(values == (0..<60).map { Float($0) })
}

@Test func theSplitIsAPermutationThatTheSeedDecides() throws {
  func order(_ options: PackOptions) throws -> (samples: [Int], train: Int) {
    let memory = try PackWriter(source(40), options).packed()
    let pack = try Pack(memory.bytes)
    let first = Int(pack.header.input.bytes.offset)
    let samples = (0..<pack.samples).map { Int(memory.bytes.load(first + 24 * $0, as: Float.self)) / 6 }
    for (index, sample) in samples.enumerated() { #expect(pack.label(index) == Int32(sample % 4)) }
    return (samples, Int(pack.header.trainSamples))
  }
  var options = PackOptions()
  options.split = 0.9
  let once = try order(options)
  #expect(once.train == 36 && once.samples.sorted() == Array(0..<40) && once.samples != Array(0..<40))
  #expect(try order(options).samples == once.samples)
  options.seed = 1
  #expect(try order(options).samples != once.samples)
  options.limit = 10
  let limited = try order(options)
  #expect(limited.train == 9 && Set(limited.samples).count == 10)
}

@Test func floatsAreNormalizedWhenPacked() throws {
  var options = PackOptions()
  options.scale = 2
  options.mean = [1, 3]
  options.deviation = [2, 4]
  let memory = try PackWriter(source(1), options).packed()
  let first = Int(try Pack(memory.bytes).header.input.bytes.offset)
  let values = (0..<6).map { memory.bytes.load(first + 4 * $0, as: Float.self) }
  #expect(values == [-0.5, 0.5, 1.5, 0.75, 1.25, 1.75])
}

/// A deviation may not take samples out of the range of floats.
@Test func normalizedSamplesAreFinite() throws {
  var options = PackOptions()
  options.deviation = [.leastNonzeroMagnitude]
  let range = DataFileError.outOfRange(path: "d.npz")
  #expect(throws: range) { try PackWriter(source(3), options).packed() }
  options.deviation = [1e-20]
  _ = try PackWriter(source(3), options).packed()
}

@Test func normalizationHasAnEntryAChannelOrOne() throws {
  var options = PackOptions()
  options.mean = [1, 2, 3, 4]
  #expect(throws: DataFileError.normalization(path: "d.npz", option: "mean", values: [1, 2, 3, 4], shape: [2, 3])) {
    try PackWriter(source(2), options)
  }
  options.mean = nil
  options.deviation = [0]
  #expect(throws: DataFileError.normalization(path: "d.npz", option: "std", values: [0], shape: [2, 3])) {
    try PackWriter(source(2), options)
  }
}

@Test func targetsArePackedToo() throws {
  var file = NPZ()
  file["x"] = NumPyArray([2, 3], floats: [1, 2, 3, 4, 5, 6])
  file["y"] = NumPyArray([2, 2], floats: [0.5, 1.5, 2.5, 3.5])
  let memory = try PackWriter(ArraySource(file, path: "d")).packed()
  let pack = try Pack(memory.bytes)
  #expect(pack.labelKind == .targets && pack.labelElements == 2 && pack.header.target.shape == ArrayShape([2]))
  #expect(pack.target(1, 0) == 2.5)
}

@Test func anOutputAppearsOnlyWhenItIsComplete() throws {
  let scratch = try Scratch()
  let path = try scratch.write("out", [1, 2, 3])
  do {
    let file = try AtomicFile(path: path)
    try file.write([9])
  }
  #expect(try FileBytes(path: path).count == 3)
  try writeFile([7], to: path)
  #expect(try FileBytes(path: path).count == 1)
  #expect(throws: DataFileError.cannotWrite(path: scratch.path + "/none/out", cause: 2)) {
    try writeFile([1], to: scratch.path + "/none/out")
  }
}
