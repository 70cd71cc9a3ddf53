import Foundation
import IR
import Support
import Testing

@testable import ONNX

@Suite
struct ExternalSamplesTests {
  /// The values of an initializer of 3 floats whose external data is described by `entries`.
  private func read(_ entries: [String: String], in folder: ScratchFolder) throws -> [Float]? {
    var maker = SmallModels.classifier()
    var tensor = Onnx_TensorProto.floats("outside", [3], [])
    tensor.clearRawData()
    tensor.dataLocation = .external
    tensor.externalData = entries.sorted { $0.key < $1.key }.map {
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = $0
      return entry
    }
    maker.proto.graph.initializer.append(tensor)
    return try maker.model(path: folder.file("m.onnx")).initializer("outside")?.floats()
  }

  private func folderWithData() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let values: [Float] = [0, 1, 2, 3, 4]
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
    for name in ["data", "sub/data"] {
      try values.withUnsafeBytes { Data($0) }.write(to: URL(filePath: folder.file(name)))
    }
    return folder
  }

  @Test func offsetAndLengthChooseThePart() throws {
    let folder = try folderWithData()
    #expect(try read(["location": "data", "offset": "4", "length": "12"], in: folder) == [1, 2, 3])
    #expect(try read(["location": "sub/data", "offset": "8"], in: folder) == [2, 3, 4])
    #expect(try read(["location": "./data", "length": "12"], in: folder) == [0, 1, 2])
  }

  @Test(arguments: ["", "../data", "sub/../data", "/etc/hostname", "sub//data", ".."])
  func nothingOutsideTheFolderIsRead(location: String) throws {
    let folder = try folderWithData()
    let path = folder.file("m.onnx")
    #expect(throws: ImportError.tensor(path: path, name: "outside", .externalPath(location))) {
      try read(["location": location, "length": "12"], in: folder)
    }
  }

  /// Names that stay in the folder, and links that do not.
  @Test func linksOutOfTheFolderAreNotFollowed() throws {
    let folder = try folderWithData()
    let other = try folderWithData()
    let links = [
      ("out", other.file("data")), ("out-sub", other.file("sub")), ("up", ".."), ("loop", "loop"), ("in", "sub/data"),
      ("in-sub", "sub"),
    ]
    for (name, place) in links {
      try FileManager.default.createSymbolicLink(atPath: folder.file(name), withDestinationPath: place)
    }
    let back = "up/" + URL(filePath: other.path).lastPathComponent + "/data"
    for location in ["out", "out-sub/data", back] {
      #expect(throws: ImportError.tensor(path: folder.file("m.onnx"), name: "outside", .externalPath(location))) {
        try read(["location": location, "length": "12"], in: folder)
      }
    }
    #expect(throws: ImportError.self) { try read(["location": "loop", "length": "12"], in: folder) }
    #expect(try read(["location": "in", "length": "12"], in: folder) == [0, 1, 2])
    #expect(try read(["location": "in-sub/data", "length": "12"], in: folder) == [0, 1, 2])
  }

  @Test func whatIsNotThereIsTold() throws {
    let folder = try folderWithData()
    let path = folder.file("m.onnx")
    #expect(throws: ImportError.tensor(path: path, name: "outside", .externalNotFound(path: folder.file("no")))) {
      try read(["location": "no"], in: folder)
    }
    #expect(
      throws: ImportError.tensor(
        path: path, name: "outside", .externalUnreadable(path: folder.file("sub"), cause: EISDIR))
    ) { try read(["location": "sub"], in: folder) }
  }

  @Test(arguments: [
    ("12", "12"), ("20", "12"), ("-4", "12"), ("0", "8"), ("0", "16"), ("9223372036854775807", "12"), ("0", "-1"),
    ("x", "12"), ("99999999999999999999", "12"),
  ])
  func partsOutsideTheFileAreRefused(offset: String, length: String) throws {
    let folder = try folderWithData()
    #expect {
      try read(["location": "data", "offset": offset, "length": length], in: folder)
    } throws: { error in
      guard case .tensor(_, "outside", let fault) = error as? ImportError else { return false }
      // The file has 20 bytes, the tensor 12.
      guard let first = Int(offset), first >= 0 else {
        return fault == .externalNumber(path: "data", key: "offset", value: offset)
      }
      guard let count = Int(length), count >= 0 else {
        return fault == .externalNumber(path: "data", key: "length", value: length)
      }
      guard count == 12 else { return fault == .externalLength(path: "data", expected: 12, found: count) }
      return fault == .externalRange(path: "data", offset: first, bytes: 12)
    }
  }

  /// A file that is not there is no fault of an operator.
  @Test func supportIsNotJudgedWithoutTheData() throws {
    let folder = try ScratchFolder()
    var maker = SmallModels.classifier()
    let index = try #require(maker.proto.graph.initializer.firstIndex { $0.name == "stem" })
    maker.proto.graph.initializer[index].clearRawData()
    maker.proto.graph.initializer[index].dataLocation = .external
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = ("location", "gone")
    maker.proto.graph.initializer[index].externalData = [entry]
    let path = folder.file("m.onnx")
    #expect(throws: ImportError.tensor(path: path, name: "stem", .externalNotFound(path: folder.file("gone")))) {
      try maker.model(path: path).support()
    }
  }
}
