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

extension DamagedFileTests {
  @Test func nodesWithoutResultsAreNamed() throws {
    for outputs in [[], [""]] {
      var maker = SmallModels.classifier()
      maker.proto.graph.node[2].output = outputs
      let problem = NodeProblem(node: "c node", op: "Relu", domain: "", fault: .noResult)
      #expect(throws: ImportError.nodes([problem])) { try maker.model() }
    }
  }

  /// Integers that gathering repeats are bounded like all that are computed while importing.
  @Test func gatheredIntegersAreBounded() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 2])
    maker.output("y", [1])
    maker.integers("rows", [1, 2048], Array(repeating: 0, count: 2048))
    maker.integers("indices", Array(repeating: 0, count: 1024))
    maker.node("Gather", ["rows", "indices"], "y", [.int("axis", 0)])
    let problem = NodeProblem(node: "y node", op: "Gather", domain: "", fault: .size(shape: [1024, 2048]))
    #expect(throws: ImportError.nodes([problem])) { try maker.model().imported() }
  }

  /// A model with the tensor `t`, whose file has no bytes of it.
  private func modelWithoutElements(_ shape: [Int], _ type: Int32) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 2])
    maker.output("y", [1])
    var tensor = Onnx_TensorProto()
    tensor.name = "t"
    tensor.dataType = type
    tensor.dims = shape.map(Int64.init)
    maker.proto.graph.initializer.append(tensor)
    return maker
  }

  /// Rows that are many and have no elements are not gone through one by one, which would take minutes.
  @Test(arguments: ["Gather", "Concat", "Softmax", "Transpose", "Slice", "Add", "Tile"], [1, 7] as [Int32])
  func manyRowsWithoutElements(op: String, type: Int32) throws {
    var maker = modelWithoutElements([1 << 30, 0], type)
    maker.integers("one", [1, 1])
    let operands = [
      "Gather": ["t", "t"], "Concat": ["t", "t"], "Slice": ["t", "one", "one"], "Add": ["t", "t"],
      "Tile": ["t", "one"],
    ]
    maker.node(op, operands[op] ?? ["t"], "y", op == "Concat" || op == "Gather" ? [.int("axis", 1)] : [])
    do { _ = try maker.model().imported() } catch { #expect(error is ImportError) }
  }

  /// Sizes whose product is zero and in part beyond all numbers.
  @Test(arguments: [("Flatten", 1), ("Transpose", 1), ("Neg", 1), ("Add", 2), ("Concat", 2), ("Shape", 1)])
  func tensorsWithoutElementsAreSurvived(op: String, operands: Int) throws {
    for shape in [[0], [0, 3], [2, 0, 1 << 62], [0, 1 << 62, 1 << 62], [1 << 40, 0, 1 << 40]] {
      for type in [1, 3, 7] as [Int32] {
        var maker = modelWithoutElements(shape, type)
        maker.node(op, Array(repeating: "t", count: operands), "y", op == "Concat" ? [.int("axis", 0)] : [])
        do { _ = try maker.model().imported() } catch { #expect(error is ImportError) }
      }
    }
  }
}
