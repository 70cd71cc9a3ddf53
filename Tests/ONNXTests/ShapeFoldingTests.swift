import IR
import Operators
import Testing

@testable import ONNX

/// What depends on shapes and constants alone is gone after importing.
@Suite struct ShapeFoldingTests {
  /// Shape → Gather → arithmetic → Concat → Reshape, as exporters write `x.view(x.size(0), -1)`.
  private func reshaping(_ batch: Int, to constant: [Int64]? = nil) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [batch, 4, 1, 1])
    maker.output("y", [batch, 4])
    maker.node("Relu", ["x"], "r")
    if let constant {
      maker.integers("shape", constant)
    } else {
      maker.integers("zero", [0])
      maker.integers("rest", [-1])
      maker.node("Shape", ["r"], "s")
      maker.node("Gather", ["s", "zero"], "n")
      maker.node("Concat", ["n", "rest"], "shape", [.int("axis", 0)])
    }
    maker.node("Reshape", ["r", "shape"], "y")
    return maker
  }

  @Test func computedShapesLeaveTheOperationsAlone() throws {
    let graph = try reshaping(-1).imported { $0.batch = 3 }.graph
    #expect(graph.nodes.map { type(of: $0.op).name } == ["relu", "reshape"])
    #expect(graph.type(graph.outputs[0].value).shape == [3, 4])
    #expect(graph.values.count == 3)
  }

  @Test func anOpenBatchIsOneSample() throws {
    let model = try reshaping(-1).imported()
    #expect(model.inputs[0].shape == [1, 4, 1, 1])
  }

  @Test(arguments: [[1, -1], [1, 4], [0, 4], [-1, 4]] as [[Int64]])
  func theBatchOfTheExporterFollowsTheOption(shape: [Int64]) throws {
    let graph = try reshaping(1, to: shape).imported { $0.batch = 3 }.graph
    #expect(graph.type(graph.outputs[0].value).shape == [3, 4])
  }

  @Test func anInputShapeIsTakenWhereTheFileLeavesItOpen() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, -1, -1])
    maker.output("y", [-1, 3, 1, 1])
    maker.node("GlobalAveragePool", ["x"], "y")
    for axis in 2...3 {
      maker.proto.graph.input[0].type.tensorType.shape.dim[axis].dimParam = "size\(axis)"
    }
    #expect(throws: ImportError.inputShapeUnknown(name: "x", dims: ["batch", "3", "size2", "size3"])) {
      try maker.imported()
    }
    #expect(try maker.imported { $0.inputShape = [2, 3, 5, 7] }.inputs[0].shape == [2, 3, 5, 7])
    #expect(throws: ImportError.inputShapeMismatch(name: "x", dims: ["batch", "3", "size2", "size3"], wanted: [2, 3])) {
      try maker.imported { $0.inputShape = [2, 3] }
    }
  }

  @Test func floatsThatAreKnownAreComputed() throws {
    var maker = ModelMaker()
    maker.input("x", [2, 3])
    maker.output("y", [2, 3])
    maker.weight("a", [3], [1, 2, 3])
    maker.weight("b", [1], [-2])
    maker.node("Mul", ["a", "b"], "p")
    maker.node("Relu", ["a"], "q")
    maker.node("Add", ["p", "q"], "s")
    maker.node("Add", ["x", "s"], "y")
    let graph = try maker.imported().graph
    #expect(graph.nodes.count == 1)
    #expect(graph.constant(try #require(graph.value(named: "s")))?.floats() == [-1, -2, -3])
  }

  @Test func integersWrapAroundAndDivideTowardsZero() throws {
    let small = IntegerTensor(shape: [2], values: [200, -129], dtype: .i8)
    #expect(small.values == [-56, 127])
    var maker = ModelMaker()
    maker.input("x", [1])
    maker.output("y", [1])
    maker.node("Relu", ["x"], "y")
    maker.output("z", [2])
    maker.integers("a", [-7, 7])
    maker.integers("b", [2])
    maker.node("Div", ["a", "b"], "z")
    let graph = try maker.imported().graph
    let quotient = try #require(graph.output("z").flatMap { graph.constant($0) })
    #expect(IntegerTensor(quotient).values == [-3, 3])
  }

  @Test func hugeConstantsTakeNoMemoryUntilTheyAreRead() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 1 << 14])
    maker.output("y", [1, 1 << 14])
    maker.integers("shape", [1 << 14, 1 << 14])
    maker.node("ConstantOfShape", ["shape"], "w")
    maker.node("MatMul", ["x", "w"], "y")
    let graph = try maker.imported().graph
    #expect(graph.constant(try #require(graph.value(named: "w")))?.storage.count == 1 << 30)
  }
}
