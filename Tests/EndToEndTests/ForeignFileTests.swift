import Foundation
import Support
import Testing

/// Files of other programs in the place of a model or of samples: each is named, with the way out.
struct ForeignFileTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private struct Kind {
    let bytes: [UInt8]
    let name: String
    let advice: String

    /// - Parameter start: the first bytes, one a scalar.
    init(_ start: String, _ name: String, _ advice: String) {
      bytes = start.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      self.name = name
      self.advice = advice
    }

    /// A zip archive whose first entry has a name.
    init(archive entry: String, _ name: String, _ advice: String) {
      self.init("PK\u{3}\u{4}" + String(repeating: "\0", count: 26) + entry, name, advice)
    }
  }

  private static let kinds = [
    Kind(archive: "net/data.pkl", "a PyTorch checkpoint", "torch.onnx.export"),
    Kind("\u{80}\u{2}\u{8a}\u{a}l", "a PyTorch checkpoint", "torch.onnx.export"),
    Kind("\u{1c}\0\0\0TFL3\0\0", "a TensorFlow Lite model", "as ONNX"),
    Kind("\u{89}HDF\r\n\u{1a}\n", "an HDF5 file, as Keras writes", "model.export"),
    Kind("GGUF\u{3}\0\0\0", "a GGUF file", "as ONNX"),
    Kind("(\0\0\0\0\0\0\0{\"w\":{}}", "a safetensors file", "torch.onnx.export"),
    Kind(archive: "x.npy", "an .npz file", "give the model's .onnx file"),
    Kind(archive: "a.txt", "a zip archive", "unpack it"),
    Kind("<!DOCTYPE html><html>", "a web page", "download it again"),
    Kind("version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
  ]

  @Test(arguments: kinds.indices) func aModelOfAnotherKindIsNamed(index: Int) throws {
    let kind = Self.kinds[index]
    try scratch.write("net", kind.bytes)
    for verb in ["check", "compile"] {
      let result = try scratch.espalier(verb, "net")
      expectRefusal(result, 65, "net is no ONNX file: it is \(kind.name)", kind.advice)
    }
    #expect(try scratch.names == ["net"])
  }

  @Test func samplesOfAnotherKindAreNamed() throws {
    for index in [0, 1, 3, 8] {
      try scratch.write("d", Self.kinds[index].bytes)
      expectRefusal(try scratch.espalier("data", "pack", "d", "-o", "d.pack"), 65, "it is \(Self.kinds[index].name)")
    }
    #expect(try scratch.names == ["d"])
  }

  @Test func ourOwnFilesInTheWrongPlaceAreNamed() throws {
    try scratch.writePlan()
    expectRefusal(try scratch.espalier("compile", "p.plan", "-o", "q.plan"), 65, "it is a plan")
    expectRefusal(try scratch.espalier("inspect", "d.npz"), 65, "d.npz is no plan: it is an .npz file")
    try scratch.espalier("data", "pack", "d.npz", "-o", "d.pack")
    expectRefusal(try scratch.espalier("export", "d.pack", "-o", "q.onnx"), 65, "it is packed data")
  }
}
