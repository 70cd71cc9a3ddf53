import IR
import Samples
import Testing

@testable import ONNX

/// Operators as older and newer versions of the operator set write them.
@Suite struct OpsetTests {
  /// The results y of a network from x [2, 3, 1, 4].
  private func outputs(_ opset: Int64, _ body: (inout ModelMaker) -> Void) throws -> NetworkOutput {
    var maker = ModelMaker(opset: opset)
    maker.input("x", [2, 3, 1, 4])
    maker.output("y", [2])
    body(&maker)
    let values = (0..<24).map { Float($0 * $0 % 7) / 3 - 1 }
    let imported = try maker.model().imported()
    return try #require(try imported.outputs(["x": NumPyArray([2, 3, 1, 4], floats: values)])["y"])
  }

  private func expectSame(
    _ old: (inout ModelMaker) -> Void, _ new: (inout ModelMaker) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let wanted = try outputs(17, new)
    for opset in [11, 12] as [Int64] {
      let got = try outputs(opset, old)
      #expect(got.shape == wanted.shape && got.values == wanted.values, sourceLocation: sourceLocation)
    }
  }

  @Test func axesWereAttributes() throws {
    try expectSame {
      $0.node("Squeeze", ["x"], "a", [.ints("axes", [2])])
      $0.node("Unsqueeze", ["a"], "b", [.ints("axes", [0, -1])])
      $0.node("ReduceSum", ["b"], "y", [.ints("axes", [3]), .int("keepdims", 0)])
    } _: {
      $0.integers("squeezed", [2])
      $0.integers("added", [0, -1])
      $0.integers("summed", [3])
      $0.node("Squeeze", ["x", "squeezed"], "a")
      $0.node("Unsqueeze", ["a", "added"], "b")
      $0.node("ReduceSum", ["b", "summed"], "y", [.int("keepdims", 0)])
    }
  }

  @Test func sizesOfASplitWereAnAttribute() throws {
    try expectSame {
      $0.node("Split", ["x"], "y", [.ints("split", [1, 2]), .int("axis", 1)])
      $0.proto.graph.node[0].output.append("z")
    } _: {
      $0.integers("sizes", [1, 2])
      $0.node("Split", ["x", "sizes"], "y", [.int("axis", 1)])
      $0.proto.graph.node[0].output.append("z")
    }
  }

  @Test(arguments: ["Softmax", "LogSoftmax"]) func softmaxWasOverAllAxesFromOneOn(op: String) throws {
    try expectSame {
      $0.node(op, ["x"], "y")
    } _: {
      $0.integers("matrix", [2, -1])
      $0.integers("back", [2, 3, 1, 4])
      $0.node("Reshape", ["x", "matrix"], "a")
      $0.node(op, ["a"], "b", [.int("axis", 1)])
      $0.node("Reshape", ["b", "back"], "y")
    }
    try expectSame {
      $0.node(op, ["x"], "y", [.int("axis", 3)])
    } _: {
      $0.node(op, ["x"], "y")
    }
  }

  @Test(arguments: [("HardSwish", 13, 14), ("Gelu", 19, 20), ("Mish", 17, 18)])
  func operatorsOfLaterVersionsAreRefused(op: String, before: Int64, since: Int) throws {
    let node: (inout ModelMaker) -> Void = { $0.node(op, ["x"], "y") }
    _ = try outputs(Int64(since), node)
    #expect {
      try outputs(before, node)
    } throws: { error in
      guard case .nodes(let problems)? = error as? ImportError else { return false }
      return problems.map(\.fault) == [.version(since: since, until: ONNXModel.opsets.upperBound)]
    }
  }

  @Test func raisedModelsComputeTheSame() throws {
    var maker = ModelMaker(opset: 11)
    maker.input("x", [2, 3, 1, 4])
    maker.output("y", [2, 3])
    maker.node("Squeeze", ["x"], "a", [.ints("axes", [2])])
    maker.node("Unsqueeze", ["a"], "b", [.ints("axes", [2])])
    maker.node("Softmax", ["b"], "c", [.int("axis", 1)])
    maker.node("Split", ["c"], "d", [.ints("split", [1, 3]), .int("axis", 3)])
    maker.proto.graph.node[3].output.append("e")
    maker.node("Dropout", ["e"], "f", [.float("ratio", 0.5)])
    maker.node("ReduceSum", ["f"], "y", [.ints("axes", [2, 3]), .int("keepdims", 0)])
    let model = try maker.model()
    let bytes = try model.raised().exported([])
    let raised = try ONNXModel(bytes: bytes, path: "r.onnx")
    #expect(model.opset == 11 && raised.opset == 13)
    let x = NumPyArray([2, 3, 1, 4], floats: (0..<24).map { Float($0 % 7) })
    let (a, b) = (try model.imported().outputs(["x": x])["y"], try raised.imported().outputs(["x": x])["y"])
    #expect(a != nil && a?.shape == b?.shape && a?.values == b?.values)
    if Oracle.python != nil { try expectEqual([(maker.bytes(), bytes)]) }
  }

  @Test(arguments: ONNXModel.opsets) func everyVersionIsRead(opset: Int) throws {
    _ = try outputs(Int64(opset)) { $0.node("Relu", ["x"], "y") }
  }
}
