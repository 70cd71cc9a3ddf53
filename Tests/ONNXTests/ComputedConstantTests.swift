import IR
import Samples
import Testing

@testable import ONNX

/// Constants that the file computes: what training makes of them goes back into a file that computes the same.
@Suite struct ComputedConstantTests {
  /// Moves constants of the graph as training does, and compares the graph with that of the exported file.
  private func expectWritten(
    _ maker: ModelMaker, training wanted: [String]? = nil, withoutTensor: Set<String>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let model = try maker.model()
    var trained = try model.imported()
    let graph = trained.graph
    var rewriter = Rewriter(graph)
    var tensors: [ExportTensor] = []
    for id in graph.ids {
      let name = graph[id].name
      guard let constant = graph.constant(id), constant.type.dtype == .f32, wanted?.contains(name) ?? true else {
        try rewriter.copy(id)
        continue
      }
      let values = constant.floats().enumerated().map { $1 * 1.25 + 0.01 * Float($0 % 7) }
      rewriter[id] = rewriter.graph.constant(name, Constant(constant.type, floats: values))
      tensors.append(try stored(name, values, #require(trained.layouts[name])))
    }
    trained.graph = rewriter.finish()
    let bytes = try model.exported(tensors, origins: trained.origins)
    let exported = try ONNXModel(bytes: bytes, path: "e.onnx").imported()
    let shape = trained.inputs[0].shape
    let x = NumPyArray(shape, floats: (0..<shape.reduce(1, *)).map { Float($0 * $0 % 11) / 5 - 1 })
    let (want, got) = (try trained.outputs(["x": x])["y"], try exported.outputs(["x": x])["y"])
    #expect(want != nil && want?.shape == got?.shape, sourceLocation: sourceLocation)
    #expect(try want?.values != model.imported().outputs(["x": x])["y"]?.values, sourceLocation: sourceLocation)
    for (a, b) in zip(want?.values ?? [], got?.values ?? []) {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(a)), sourceLocation: sourceLocation)
    }
    #expect(
      trained.origins.withoutTensor.intersection(tensors.map(\.name)) == withoutTensor, sourceLocation: sourceLocation)
  }

  private func stored(_ name: String, _ values: [Float], _ layout: TensorLayout) throws -> ExportTensor {
    var inverse = layout.permutation
    for (axis, source) in layout.permutation.enumerated() { inverse[source] = axis }
    let bytes = permute(
      values.withUnsafeBytes { [UInt8]($0) }, shape: layout.permutation.map { layout.shape[$0] }, permutation: inverse,
      width: 4)
    let floats = bytes.withUnsafeBytes { raw in
      values.indices.map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return ExportTensor(name: name, shape: layout.shape, values: floats)
  }

  /// A convolution whose weights W [4, 3, 2, 2] and bias B [4] `body` gives, from x [1, 3, 4, 4].
  private func convolution(_ body: (inout ModelMaker) -> Void) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 3, 4, 4])
    maker.output("y", [1, 4, 3, 3])
    body(&maker)
    if !maker.proto.graph.node.contains(where: { $0.output.contains("B") }) { maker.weight("B", [4]) }
    maker.node("Conv", ["x", "W", "B"], "y")
    return maker
  }

  @Test func joinedAndCutWeights() throws {
    try expectWritten(
      convolution {
        $0.weight("a", [1, 3, 2, 2])
        $0.weight("b", [3, 3, 2, 2])
        $0.node("Concat", ["a", "b"], "W", [.int("axis", 0)])
      }, withoutTensor: ["W"])
    try expectWritten(
      convolution {
        $0.weight("a", [6, 3, 2, 2])
        $0.integers("sizes", [4, 2])
        $0.node("Split", ["a", "sizes"], "W")
        $0.proto.graph.node[0].output.append("rest")
      }, withoutTensor: ["W"])
    try expectWritten(
      convolution {
        $0.weight("a", [4, 5, 2, 2])
        for (name, value) in [("from", 1), ("to", 4), ("axis", 1)] as [(String, Int64)] { $0.integers(name, [value]) }
        $0.node("Slice", ["a", "from", "to", "axis"], "W")
      }, withoutTensor: ["W"])
    try expectWritten(
      convolution {
        $0.weight("a", [6, 3, 2, 2])
        $0.integers("rows", [5, 0, 3, 2])
        $0.node("Gather", ["a", "rows"], "W")
      }, withoutTensor: ["W"])
  }

  @Test func calculatedWeights() throws {
    try expectWritten(
      convolution {
        $0.weight("a", [4, 3, 2, 2])
        $0.node("Neg", ["a"], "W")
      }, withoutTensor: ["W"])
    try expectWritten(
      convolution {
        $0.weight("a", [4, 3, 2, 2])
        $0.weight("s", [4, 1, 1, 1])
        $0.node("Mul", ["a", "s"], "W")
        $0.weight("b", [4])
        $0.weight("c", [1])
        $0.node("Add", ["b", "c"], "B")
      }, withoutTensor: ["W", "B"])
    try expectWritten(
      convolution {
        $0.weight("a", [1, 3, 2, 2])
        $0.integers("shape", [4, 3, 2, 2])
        $0.node("Expand", ["a", "shape"], "W")
      }, withoutTensor: ["W"])
  }

  @Test func weightsInAnotherForm() throws {
    try expectWritten(
      convolution {
        $0.weight("a", [2, 2, 3, 4])
        $0.node("Transpose", ["a"], "t")
        $0.node("Identity", ["t"], "u")
        $0.node("Cast", ["u"], "W", [.int("to", 1)])
      }, withoutTensor: [])
    try expectWritten(
      convolution {
        $0.weight("a", [2, 2, 3, 4])
        $0.integers("shape", [4, 3, 2, 2])
        $0.node("Transpose", ["a"], "t", [.ints("perm", [1, 3, 0, 2])])
        $0.node("Reshape", ["t", "shape"], "W")
      }, withoutTensor: ["W"])
  }

  /// Two dense layers of 4 features whose second weight comes from the first.
  private func dense(_ body: (inout ModelMaker) -> Void) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [2, 4])
    maker.output("y", [2, 4])
    maker.weight("w", [4, 4])
    maker.weight("b", [4])
    maker.node("Gemm", ["x", "w", "b"], "h")
    maker.node("Relu", ["h"], "r")
    body(&maker)
    return maker
  }

  @Test func weightsThatLayersShareStayOne() throws {
    try expectWritten(dense { $0.node("Gemm", ["r", "w", "b"], "y") }, withoutTensor: [])
    try expectWritten(dense { $0.node("Gemm", ["r", "w", "b"], "y", [.int("transB", 1)]) }, withoutTensor: [])
    try expectWritten(
      dense {
        $0.node("Transpose", ["w"], "t")
        $0.node("Gemm", ["r", "t", "b"], "y")
      }, withoutTensor: [])
  }

  @Test(arguments: [["w"], ["v"], ["w", "v"]]) func whatComesFromATrainedWeightStays(trained: [String]) throws {
    let maker = dense {
      $0.node("Neg", ["w"], "v")
      $0.node("Gemm", ["r", "v", "b"], "y")
    }
    try expectWritten(maker, training: trained, withoutTensor: Set(trained).intersection(["v"]))
  }

  @Test func aNumberThatComesFromATrainedBiasStays() throws {
    let maker = dense {
      $0.integers("axes", [0])
      $0.node("ReduceSum", ["b", "axes"], "n", [.int("keepdims", 0)])
      $0.node("Mul", ["r", "n"], "y")
    }
    try expectWritten(maker, training: ["b"], withoutTensor: [])
  }

  @Test func oneTensorSplitInTwoWaysHasNoPlace() throws {
    let maker = dense {
      $0.integers("shape", [2, 8])
      $0.node("Reshape", ["w", "shape"], "u")
      $0.integers("back", [8, 2])
      $0.node("Reshape", ["w", "back"], "v")
      $0.node("MatMul", ["r", "w"], "s")
      $0.integers("picture", [1, 8])
      $0.node("Reshape", ["s", "picture"], "p")
      $0.node("MatMul", ["p", "v"], "y")
    }
    #expect(try maker.model().imported().origins.unwritable == ["w.2"])
  }
}
