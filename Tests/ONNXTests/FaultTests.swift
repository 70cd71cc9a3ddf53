import IR
import Testing

@testable import ONNX

/// What cannot be imported is named, all of it at once, and nothing crashes.
@Suite struct FaultTests {
  private func problems(_ maker: ModelMaker) -> [NodeProblem] {
    do throws(ImportError) {
      _ = try ONNXModel(bytes: (try? maker.bytes()) ?? [], path: "memory.onnx").imported()
      return []
    } catch {
      guard case .nodes(let problems) = error else { return [] }
      return problems
    }
  }

  /// A model with one node from x [1, 2, 4, 4] to y.
  private func single(
    _ op: String, _ inputs: [String], _ attributes: [Onnx_AttributeProto] = [],
    _ change: (inout ModelMaker) -> Void = { _ in }
  ) -> NodeFault? {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.output("y", [1])
    change(&maker)
    maker.node(op, inputs, "y", attributes)
    return problems(maker).first?.fault
  }

  @Test func allUnsupportedOperatorsAreListed() {
    var maker = SmallModels.classifier()
    maker.node("Det", ["y"], "e")
    maker.node("NonZero", ["e"], "n")
    maker.node("Relu", ["n"], "r")
    maker.node("Custom", ["x"], "c")
    maker.proto.graph.node[maker.proto.graph.node.count - 1].domain = "org.example"
    let faults = problems(maker)
    #expect(faults.map(\.op) == ["Det", "NonZero", "Custom"])
    #expect(faults.map(\.node) == ["e node", "n node", "c node"])
    #expect(faults.map(\.domain) == ["", "", "org.example"])
    #expect(faults.allSatisfy { $0.fault == .unsupportedOperator })
  }

  @Test func nodesWithoutANameGoByTheirResult() {
    var maker = SmallModels.classifier()
    maker.node("Det", ["y"], "e")
    maker.proto.graph.node[maker.proto.graph.node.count - 1].name = ""
    #expect(problems(maker).map(\.node) == ["e"])
  }

  @Test func computedWeightsAreNamed() {
    let fault = single("Conv", ["x", "w"]) { maker in
      maker.node("Relu", ["x"], "w")
    }
    #expect(fault == .notConstant(tensor: "w"))
  }

  @Test func attributesAreNamedWithTheirValues() {
    func conv(_ attribute: Onnx_AttributeProto) -> NodeFault? {
      single("Conv", ["x", "w"], [attribute]) { $0.weight("w", [2, 2, 3, 3]) }
    }
    #expect(conv(.ints("pads", [0, 0, -1, 0])) == .attribute(name: "pads", value: "[0, 0, -1, 0]"))
    #expect(conv(.ints("strides", [1])) == .attribute(name: "strides", value: "[1]"))
    #expect(conv(.ints("dilations", [0, 1])) == .attribute(name: "dilations", value: "[0, 1]"))
    #expect(conv(.int("group", 0)) == .attribute(name: "group", value: "0"))
    #expect(conv(.int("group", .max)) == .attribute(name: "group", value: "\(Int.max)"))
    #expect(conv(.int("pads", 1)) == .attributeKind(name: "pads", expected: "a list of integers"))
    #expect(conv(.ints("kernel_shape", [5, 5])) == .attribute(name: "kernel_shape", value: "[5, 5]"))
    #expect(single("MaxPool", ["x"]) == .attributeKind(name: "kernel_shape", expected: "2 integers"))
    #expect(single("Softmax", ["x"], [.int("axis", 4)]) == .attribute(name: "axis", value: "4"))
  }

  @Test func operandsThatDoNotExistAreNamed() {
    #expect(single("Add", ["x", "nobody"]) == .undefined(tensor: "nobody"))
    #expect(single("Add", ["x"]) == .operandMissing(index: 1))
    #expect(single("Add", ["x", "y"]) == .undefined(tensor: "y"))
    #expect(single("Relu", []) == .operandMissing(index: 0))
  }

  @Test func namesAreGivenOnce() {
    #expect(single("Relu", ["x"]) { $0.node("Relu", ["x"], "y") } == .redefined(tensor: "y"))
    #expect(single("Relu", ["x"]) { $0.proto.graph.input[0].name = "y" } == .undefined(tensor: "x"))
    var maker = SmallModels.classifier()
    maker.input("x", [1])
    #expect(throws: ImportError.duplicateInput(name: "x")) { try maker.imported() }
  }

  @Test func elementTypesAreNamed() {
    let fault = single("Relu", ["x"]) { $0.proto.graph.input[0].type.tensorType.elemType = 10 }
    #expect(fault == .elementType(tensor: "x", type: "float16"))
  }

  @Test func weightsThatAreNoNumbersAreNamed() throws {
    var maker = SmallModels.classifier()
    maker[initializer: "pw"] = .floats("pw", [6, 4, 1, 1], Array(repeating: 1, count: 20) + [.nan, 1, 1, 1])
    #expect(throws: ImportError.tensor(path: "memory.onnx", name: "pw", .notFinite(index: 20))) {
      try maker.imported()
    }
  }

  @Test func hostileSizesAreRefused() {
    let huge = Int64.max
    #expect(single("Reshape", ["x", "s"]) { $0.integers("s", [huge, huge]) } == .values(tensor: "s", [.max, .max]))
    #expect(single("Reshape", ["x", "s"]) { $0.integers("s", [-2, 16]) } == .values(tensor: "s", [-2, 16]))
    #expect(
      single("ConstantOfShape", ["s"]) { $0.integers("s", [huge, 4]) } == .values(tensor: "s", [.max, 4]))
    #expect(single("Expand", ["x", "s"]) { $0.integers("s", [1 << 30, 1, 2, 4, 4]) } != nil)
    #expect(single("Pad", ["x", "s"]) { $0.integers("s", [.min, 0, 0, 0, 0, 0, 0, 0]) } != nil)
    #expect(single("Pad", ["x", "s"]) { $0.integers("s", [0, 0, -9, 0, 0, 0, 0, 0]) } != nil)
    #expect(single("Gather", ["x", "s"]) { $0.integers("s", [.min]) } == .values(tensor: "s", [.min]))
    #expect(single("Transpose", ["x"], [.ints("perm", [0, 0, 0, huge])]) != nil)
    #expect(single("Flatten", ["x"], [.int("axis", .min)]) == .attribute(name: "axis", value: "\(Int.min)"))
    #expect(single("Unsqueeze", ["x", "s"]) { $0.integers("s", [huge]) } != nil)
    #expect(single("Split", ["x", "s"]) { $0.integers("s", [huge]) } == .values(tensor: "s", [.max]))
    #expect(single("LRN", ["x"], [.int("size", huge)]) != nil)
    #expect(single("MaxPool", ["x"], [.ints("kernel_shape", [huge, huge])]) != nil)
  }

  @Test func extremeSlicesAreEmptyOrWhole() throws {
    var maker = ModelMaker()
    maker.input("x", [3])
    maker.output("y", [3])
    maker.integers("least", [.min])
    maker.integers("most", [.max])
    maker.integers("axis", [0])
    maker.node("Slice", ["x", "most", "least", "axis", "least"], "r")
    maker.node("Slice", ["x", "least", "most", "axis", "most"], "f")
    maker.node("Concat", ["r", "f", "x"], "y", [.int("axis", 0)])
    let graph = try maker.imported().graph
    #expect(graph.type(graph.outputs[0].value).shape == [5])
  }

  /// A few numbers of a file may not keep a machine busy, by elements or by what each of them takes.
  @Test func constantsThatTakeTooLongAreRefused() {
    let elements = single("Conv", ["s", "s"], [.ints("pads", [64, 64, 64, 16384])]) { maker in
      maker.weight("s", [4, 3, 3, 3], .init(repeating: 1, count: 108))
    }
    guard case .size = elements else { return #expect(elements == .size(shape: [])) }
    let million = { (maker: inout ModelMaker) in
      maker.integers("shape", [1, 1, 1024, 1024])
      maker.weight("one", [1, 1, 1, 1], [1])
      maker.node("Expand", ["one", "shape"], "m")
    }
    let window: [Onnx_AttributeProto] = [.ints("kernel_shape", [512, 512])]
    #expect(single("MaxPool", ["m"], window, million) == .products(513 * 513 * 512 * 512))
    #expect(single("AveragePool", ["m"], window, million) == .products(513 * 513 * 512 * 512))
    let rounded: [Onnx_AttributeProto] = [
      .ints("kernel_shape", [501, 501]), .ints("strides", [2, 2]), .int("ceil_mode", 1),
    ]
    #expect(single("AveragePool", ["m"], rounded, million) == .products(263 * 263 * 501 * 501))
    #expect(single("Conv", ["m", "m"], [.ints("pads", [64, 64, 64, 64])], million) == .products(129 * 129 << 20))
    let channels = { (maker: inout ModelMaker) in
      maker.integers("shape", [1, 1 << 16, 1, 1])
      maker.weight("one", [1, 1, 1, 1], [1])
      maker.node("Expand", ["one", "shape"], "m")
    }
    #expect(single("LRN", ["m"], [.int("size", 1 << 16)], channels) == .products(1 << 32))
  }
}
