import Foundation
import Samples

/// A file of another program's, or one of ours in the wrong place: what it is, told by its first bytes.
struct ForeignFile {
  /// `a PyTorch checkpoint`.
  let kind: String
  /// How a model of that kind becomes ONNX; nil for what holds no model.
  let modelAdvice: String?
  /// How samples of that kind become a file that is read; nil for what holds none.
  let dataAdvice: String?
  /// Whether samples may come in such a file, so that something else is wrong with it.
  var isArrays: Bool { kind.contains("NumPy") || kind.contains(".npz") || kind.contains("gzip") }

  private init(_ kind: String, model: String? = nil, data: String? = nil) {
    self.kind = kind
    modelAdvice = model
    dataAdvice = data
  }

  /// Nil for what is not known, and for what is not there.
  init?(path: String) {
    if let folder = ForeignFile.folder(path) {
      self = folder
      return
    }
    let start = firstBytes(of: path, 512)
    guard let found = ForeignFile.byMagic(start, path) ?? ForeignFile.byShape(start) else { return nil }
    self = found
  }

  private static func folder(_ path: String) -> ForeignFile? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return nil }
    if FileManager.default.fileExists(atPath: path + "/saved_model.pb") {
      return ForeignFile(
        "a TensorFlow SavedModel",
        model: "convert it: python -m tf2onnx.convert --saved-model \(path) --output model.onnx")
    }
    return ForeignFile("a folder", model: "give a file")
  }

  private struct Magic {
    let offset: Int
    let bytes: [UInt8]
    let file: ForeignFile

    init(_ offset: Int, _ text: String, _ file: ForeignFile) {
      self.offset = offset
      bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      self.file = file
    }
  }

  private static func byMagic(_ start: [UInt8], _ path: String) -> ForeignFile? {
    if start.starts(with: Array("PK\u{3}\u{4}".utf8)) { return archive(start, path) }
    return magics.first { start.dropFirst($0.offset).starts(with: $0.bytes) }?.file
  }

  private static let pyTorch = ForeignFile(
    "a PyTorch checkpoint", model: "load it in PyTorch and export it with torch.onnx.export",
    data: "load it in PyTorch and save its tensors with numpy.savez(\"data.npz\", x=samples, y=classes)")
  private static let ours = "give the model's .onnx file"
  private static let samples = "give samples: an .npz file, or what `espalier data pack` wrote"
  private static let pictures = "put pictures into a folder with one sub-folder a class, and give that folder"
  private static let arrays = "save its arrays with numpy.savez(\"data.npz\", x=samples, y=classes)"

  private static let magics = [
    Magic(4, "TFL3", ForeignFile("a TensorFlow Lite model", model: "export the model it was made from as ONNX")),
    Magic(4, "ORTM", ForeignFile("an ONNX Runtime model (.ort)", model: "give the .onnx file that it was made from")),
    Magic(4, "ET12", ForeignFile("an ExecuTorch program", model: "export the model with torch.onnx.export")),
    Magic(
      0, "\u{89}HDF\r\n",
      ForeignFile(
        "an HDF5 file, as Keras writes",
        model: "load it in Keras and export it: model.export(\"model.onnx\", "
          + "format=\"onnx\")", data: arrays)),
    Magic(
      0, "GGUF", ForeignFile("a GGUF file, as llama.cpp reads", model: "export the model it was made from as ONNX")),
    Magic(0, "\u{93}NUMPY", ForeignFile("a NumPy array", model: ours)),
    Magic(0, "ESPPLAN\0", ForeignFile("a plan, as `espalier compile` writes", model: ours, data: samples)),
    Magic(
      0, "ESPPACK\0",
      ForeignFile(
        "packed data, as `espalier data pack` writes", model: ours,
        data: "it is packed already: give it to the command that reads samples")),
    Magic(0, "ESPCKPT\0", ForeignFile("a checkpoint, as `espalier train` writes", model: ours, data: samples)),
    Magic(0, "ESPDELT\0", ForeignFile("a delta, as `espalier delta make` writes", model: ours, data: samples)),
    Magic(0, "ESPRING\0", ForeignFile("a ring, as `espalier data ring` writes", model: ours, data: samples)),
    Magic(0, "\u{1f}\u{8b}", ForeignFile("a gzip file", model: "unpack it", data: "unpack it")),
    Magic(0, "\u{fd}7zXZ", ForeignFile("an xz file", model: "unpack it", data: "unpack it")),
    Magic(257, "ustar", ForeignFile("a tar archive", model: "unpack it", data: "unpack it, and give what is in it")),
    Magic(0, "\u{89}PNG", ForeignFile("a PNG picture", data: pictures)),
    Magic(0, "\u{ff}\u{d8}\u{ff}", ForeignFile("a JPEG picture", data: pictures)),
    Magic(8, "WAVE", ForeignFile("a WAV sound", data: arrays)),
    Magic(0, "PAR1", ForeignFile("a Parquet table", data: arrays)),
    Magic(0, "MATLAB 5", ForeignFile("a MATLAB file", data: arrays)),
    Magic(0, "ARROW1", ForeignFile("an Arrow table", data: arrays)),
    Magic(0, "%PDF", ForeignFile("a PDF document")),
    Magic(0, "\u{7f}ELF", ForeignFile("a program")),
    Magic(
      0, "version https://git-lfs",
      ForeignFile(
        "a pointer of Git LFS, not the file", model: "fetch it: git lfs pull",
        data: "fetch it: git lfs pull")),
  ]

  /// Zip archives differ by what is in them.
  private static func archive(_ start: [UInt8], _ path: String) -> ForeignFile {
    let names = String(decoding: start.map { $0 < 0x80 ? $0 : 0x2e }, as: UTF8.self)
    if names.contains("data.pkl") || names.contains("/version") { return pyTorch }
    if names.contains(".npy") { return ForeignFile("an .npz file of arrays", model: ours) }
    if path.hasSuffix(".keras") || names.contains("metadata.json") {
      return ForeignFile(
        "a Keras model", model: "load it in Keras and export it: model.export(\"model.onnx\", format=\"onnx\")")
    }
    return ForeignFile("a zip archive", model: "unpack it", data: "unpack it, and give what is in it")
  }

  /// Kinds without a magic number.
  private static func byShape(_ start: [UInt8]) -> ForeignFile? {
    // Protocols 2 to 5 of pickle.
    if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) { return pyTorch }
    // The length of a JSON header, and its brace.
    if start.count > 9, start[8] == UInt8(ascii: "{"), start[4..<8].allSatisfy({ $0 == 0 }) {
      return ForeignFile(
        "a safetensors file, which holds weights without a network",
        model: "load it into its network in PyTorch and export that with torch.onnx.export", data: arrays)
    }
    let text = String(decoding: start.prefix(64), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if text.hasPrefix("<") && text.lowercased().contains("html") {
      return ForeignFile(
        "a web page, perhaps in place of a download", model: "download it again", data: "download it again")
    }
    if text.hasPrefix("{") || text.hasPrefix("[") { return ForeignFile("a JSON file") }
    return nil
  }
}

extension Failure {
  /// The failure of a model's file that is none, with what it is where that can be told.
  func namingModel(_ path: String) -> Failure {
    guard let file = ForeignFile(path: path) else { return self }
    return Failure(status, "\(path) is no ONNX file: it is \(file.kind)", advice: file.modelAdvice ?? advice)
  }

  /// The same for samples.
  func namingData(_ path: String) -> Failure {
    guard let file = ForeignFile(path: path), !file.isArrays else { return self }
    return Failure(status, "\(text): it is \(file.kind)", advice: file.dataAdvice ?? advice)
  }

  /// The same for files that this program writes itself.
  func naming(_ path: String) -> Failure {
    guard let file = ForeignFile(path: path) else { return self }
    return Failure(status, "\(text): it is \(file.kind)", advice: advice)
  }
}
