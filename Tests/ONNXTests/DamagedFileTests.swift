import IR
import Testing

@testable import ONNX

/// No bytes whatever end the process; what is refused is refused with facts.
@Suite
struct DamagedFileTests {
  /// Why a file is refused by whatever reads it; nil when nothing refuses it.
  private func refusal(_ bytes: [UInt8]) -> ImportError? {
    do throws(ImportError) {
      let model = try ONNXModel(bytes: bytes, path: "damaged.onnx")
      for tensor in model.proto.graph.initializer { _ = try model.initializer(tensor.name) }
      _ = try model.batchNormFolds()
      // Export has errors of its own, and ends the process as little.
      for unfold in [false, true] {
        var options = ExportOptions()
        options.unfold = unfold
        _ = try? model.exported([], options)
      }
      return nil
    } catch { return error }
  }

  @Test func everyCutIsNoticed() throws {
    let bytes = try SmallModels.classifier().bytes()
    var cut = 0
    for count in bytes.indices {
      switch refusal(Array(bytes[..<count])) {
      case .truncated(_, let there, let needed):
        #expect(there == count && needed > count && needed <= bytes.count)
        cut += 1
      case .noGraph: #expect(count < 20)
      case let error: #expect(error == .opset(path: "damaged.onnx", found: 0))
      }
    }
    #expect(cut > bytes.count - 20)
  }

  @Test func everyChangedByteIsSurvived() throws {
    let bytes = try SmallModels.normalized(2, 2).bytes()
    var refused = 0
    for position in bytes.indices {
      for value in [0, 0x7f, 0x80, 0xff, bytes[position] &+ 1, bytes[position] ^ 0x40] {
        var damaged = bytes
        damaged[position] = value
        if refusal(damaged) != nil { refused += 1 }
      }
    }
    #expect(refused > bytes.count / 10)
  }

  @Test func arbitraryBytesAreSurvived() throws {
    var generator = SeededGenerator(seed: 3)
    for count in 0..<2000 {
      let bytes = (0..<(count % 97)).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) }
      #expect(refusal(bytes) != nil)
    }
    #expect(refusal(Array("name,label\npicture.png,3\n".utf8)) != nil)
  }

  @Test func theFirstUnreadableByteIsTold() throws {
    let bytes = try SmallModels.classifier().bytes()
    let name = Array("Relu".utf8)
    let position = try #require((0..<bytes.count).first { bytes[$0...].starts(with: name) })
    var damaged = bytes
    damaged[position] = 0xff
    guard case .malformed(_, let offset) = refusal(damaged) else {
      Issue.record("an operator that is no text was taken")
      return
    }
    // The node that the text is in begins a few bytes earlier.
    #expect(offset < position && offset > position - 32)
    #expect(bytes[offset] == 1 << 3 | 2)
  }

  @Test func nestingHasAnEnd() throws {
    var graph = Onnx_GraphProto()
    for _ in 0..<150 {
      var node = Onnx_NodeProto()
      node.opType = "If"
      var branch = Onnx_AttributeProto()
      branch.g = graph
      node.attribute = [branch]
      graph = Onnx_GraphProto()
      graph.node = [node]
    }
    var maker = SmallModels.classifier()
    maker.proto.graph.node.append(contentsOf: graph.node)
    let bytes = try maker.bytes()
    guard case .malformed = refusal(bytes) else {
      Issue.record("graphs within graphs without end were taken")
      return
    }
  }
}
