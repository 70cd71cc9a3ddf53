import Glibc
import IR
import Testing

@testable import Samples

/// Files are what they say that they are, no less and no more; what a command cannot use is not passed over.
struct ExactFileTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func array(_ count: Int) -> NumPyArray { NumPyArray([count], integers: (0..<count).map { Int64($0) }) }

  @Test func bytesBehindAnArrayAreRefused() throws {
    let array = array(10)
    let bytes = array.npyPrefix() + array.withBytes { [UInt8]($0) }
    let whole = try scratch.write("whole.npy", bytes)
    #expect(try NPZ(path: whole)["x"]?.count == 10)
    for extra in [[0], bytes] as [[UInt8]] {
      let path = try scratch.write("more.npy", bytes + extra)
      #expect(throws: DataFileError.malformed(path: path, .trailing)) { try NPZ(path: path) }
    }
  }

  /// The entry of an archive says more bytes than the array in it: they are not unpacked.
  @Test func entriesLongerThanTheirArraysAreRefused() throws {
    var file = NPZ()
    file["x"] = array(1000)
    let bytes = try file.encoded(path: "f")
    let place = try #require(bytes.firstRange(of: Array("(1000,)".utf8)))
    for (text, what) in [("(0010,)", Malformation.trailing), ("(1001,)", .truncated)] {
      var other = bytes
      other.replaceSubrange(place, with: Array(text.utf8))
      let path = try scratch.write("x.npz", other)
      #expect(throws: DataFileError.malformed(path: path, what)) { try NPZ(path: path) }
    }
  }

  /// RFC 1952, 2.2: members simply appear one after another; gzip pads files with zeros.
  @Test func gzipFilesMayHaveSeveralMembers() throws {
    let plain = idx([10, 8, 8], (0..<640).map { UInt8($0 & 255) })
    let labels = try scratch.write("labels", idx([10], (0..<10).map { UInt8($0) }))
    let members = [plain[..<5], plain[5..<100], plain[100..<100], plain[100...]]
      .flatMap { deflated(Array($0), windowBits: 31) }
    for end in [[], [0, 0, 0]] as [[UInt8]] {
      let path = try scratch.write("p.gz", members + end)
      let source = try openSource(path, labels: labels)
      #expect(try (0..<10).flatMap { try source.sample($0) } == Array(plain[16...]))
    }
    for end in [[7], Array(members.prefix(30)), deflated([1], windowBits: 31)] as [[UInt8]] {
      let path = try scratch.write("p.gz", members + end)
      #expect(throws: DataFileError.malformed(path: path, .compression)) { try openSource(path, labels: labels) }
    }
  }

  @Test func bytesBehindAnIDXFileAreRefused() throws {
    let path = try scratch.write("p", idx([2, 2, 2], [UInt8](repeating: 1, count: 8)) + [1])
    let labels = try scratch.write("l", idx([2], [0, 1]))
    #expect(throws: DataFileError.malformed(path: path, .trailing)) { try openSource(path, labels: labels) }
  }

  @Test func optionsForOtherSourcesAreRefused() throws {
    var file = NPZ()
    file["x"] = NumPyArray([2, 3, 4, 4], floats: [Float](repeating: 0, count: 96))
    file["y"] = array(2)
    let path = try scratch.write("d.npz", file.encoded(path: "d.npz"))
    #expect(throws: DataFileError.notAPicture(path: path, option: "size")) {
      try openSource(path, form: PictureForm(size: 4))
    }
    #expect(throws: DataFileError.notAPicture(path: path, option: "channels")) {
      try openSource(path, form: PictureForm(channels: 3))
    }
    #expect(throws: DataFileError.notAPicture(path: path, option: "labels")) { try openSource(path, labels: "none") }
    _ = try scratch.write("pictures/a/1.png", png(gradientPicture(width: 6, height: 4, channels: 3)))
    let folder = scratch.path + "/pictures"
    #expect(throws: DataFileError.labelledByFolders(path: folder)) { try openSource(folder, labels: "none") }
    #expect(try openSource(folder).labels.samples == 1)
  }

  /// Another name would find nothing, or another file.
  @Test func namesThatAreNoTextAreSaid() throws {
    _ = try scratch.write("pictures/a/1.png", png(gradientPicture(width: 6, height: 4, channels: 3)))
    let folder = scratch.path + "/pictures/a"
    let name = Array("\(folder)/".utf8) + [0xe9] + Array("2.png".utf8) + [0]
    let file = name.withUnsafeBytes {
      open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o644)
    }
    try #require(file >= 0 && close(file) == 0)
    #expect(throws: DataFileError.fileName(path: folder, name: "\\xe92.png")) {
      try openSource(scratch.path + "/pictures")
    }
  }

  /// Labels of whatever kind do not hinder a command that needs none.
  @Test func labelsThatNobodyNeedsAreNotRead() throws {
    #expect(ArraySource.wanted(among: ["x", "y"], nil) == ["x", "y"])
    #expect(ArraySource.wanted(among: ["x", "y"], nil, needsLabels: false) == ["x"])
    #expect(ArraySource.wanted(among: ["in", "y", "z"], "in", needsLabels: false) == ["in"])
  }
}
