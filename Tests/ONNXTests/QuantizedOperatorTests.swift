import IR
import Passes
import Samples
import Testing

@testable import ONNX

/// Operators on integers are the ones on real values between roundings: both ways of writing one network agree.
@Suite struct QuantizedOperatorTests {
  private static let scale = ["xs", "xz"]
  private static let cases: [Case] = [
    Case("com.microsoft", "QLinearAdd", "Add", [["q"] + scale, ["p", "ps", "pz"]], ["ys", "yz"]),
    Case("com.microsoft", "QLinearMul", "Mul", [["q"] + scale, ["p", "ps", "pz"]], ["ys", "yz"]),
    Case("", "QLinearConv", "Conv", [["q"] + scale, ["w", "ws", "wz"]], ["ys", "yz"], bias: "b"),
    Case("com.microsoft", "QLinearGlobalAveragePool", "GlobalAveragePool", [["q"] + scale], ["ys", "yz"]),
    Case(
      "com.microsoft", "QLinearAveragePool", "AveragePool", [["q"] + scale], ["ys", "yz"],
      [.ints("kernel_shape", [2, 2]), .ints("strides", [2, 2])]),
    Case("com.microsoft", "QLinearLeakyRelu", "LeakyRelu", [["q"] + scale], ["ys", "yz"], [.float("alpha", 0.1)]),
    Case("com.microsoft", "QLinearSigmoid", "Sigmoid", [["q"] + scale], ["ys", "yz"]),
  ]

  struct Case: CustomTestStringConvertible {
    let (domain, name, real): (String, String, String)
    let operands: [[String]]
    let result: [String]
    let attributes: [Onnx_AttributeProto]
    let bias: String?

    init(
      _ domain: String, _ name: String, _ real: String, _ operands: [[String]], _ result: [String],
      _ attributes: [Onnx_AttributeProto] = [], bias: String? = nil
    ) {
      (self.domain, self.name, self.real) = (domain, name, real)
      (self.operands, self.result, self.attributes, self.bias) = (operands, result, attributes, bias)
    }
    var testDescription: String { name }
  }

  /// x is rounded to q, and −x to p; y is what `body` makes of them.
  private func network(_ body: (inout ModelMaker) -> Void) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    for (name, scale, zero) in [("x", 0.03, 3), ("p", 0.04, 120), ("y", 0.1, 10)] as [(String, Float, Int)] {
      maker.weight(name + "s", [], [scale])
      maker.integers(name + "z", [], [zero], type: 2)
    }
    maker.integers("w", [3, 2, 1, 1], [-127, 127, 5, 0, -7, 100])
    maker.weight("ws", [3], [0.01, 0.02, 0.03])
    maker.integers("wz", [3], [0, 0, 0])
    maker.integers("b", [3], [1000, -1000, 7], type: 6)
    maker.weight("bs", [3], [0.01, 0.02, 0.03].map { $0 * 0.03 })
    maker.node("Neg", ["x"], "negated")
    maker.node("QuantizeLinear", ["x", "xs", "xz"], "q")
    maker.node("QuantizeLinear", ["negated", "ps", "pz"], "p")
    body(&maker)
    return maker
  }

  private func integerForm(_ test: Case) -> ModelMaker {
    network { maker in
      maker.node(
        test.name, test.operands.flatMap(\.self) + test.result + (test.bias.map { [$0] } ?? []), "yq", test.attributes)
      maker.proto.graph.node[maker.proto.graph.node.count - 1].domain = test.domain
      maker.node("DequantizeLinear", ["yq"] + test.result, "y")
      maker.output("y", [1])
    }
  }

  private func realForm(_ test: Case) -> ModelMaker {
    network { maker in
      for operand in test.operands {
        maker.node("DequantizeLinear", operand, operand[0] + ".real", operand[0] == "w" ? [.int("axis", 0)] : [])
      }
      if test.bias != nil { maker.node("DequantizeLinear", ["b", "bs"], "b.real", [.int("axis", 0)]) }
      let operands = test.operands.map { $0[0] + ".real" } + (test.bias == nil ? [] : ["b.real"])
      maker.node(test.real, operands, "real", test.attributes)
      maker.node("QuantizeLinear", ["real"] + test.result, "yq")
      maker.node("DequantizeLinear", ["yq"] + test.result, "y")
      maker.output("y", [1])
    }
  }

  private func result(_ maker: ModelMaker, fused: Bool = false) throws -> [Double] {
    var model = try maker.imported()
    if fused { model.graph = try model.graph.fusingIntegerLayers() }
    let x = (0..<32).map { Float($0 * 37 % 32) / 5 - 3 }
    let array = NumPyArray(.f32, [1, 2, 4, 4], storage: OwnedBytes(x.withUnsafeBytes { [UInt8]($0) }))
    return try #require(model.outputs(["x": array])["y"]).values
  }

  @Test(arguments: cases) func bothFormsAgree(test: Case) throws {
    let values = try result(integerForm(test))
    #expect(values == (try result(realForm(test))) && Set(values).count > 1)
  }

  @Test(arguments: cases) func theExportInFloatHasNoIntegersLeft(test: Case) throws {
    let expanded = try integerForm(test).model().expandingQuantizedOperators()
    #expect(expanded.proto.graph.node.map(\.opType) == realForm(test).proto.graph.node.map(\.opType))
  }

  /// Operands that are left out: said, or as if they were those of the format, but never looked for.
  @Test(arguments: cases) func operandsThatAreMissingAreSurvived(test: Case) throws {
    let whole = integerForm(test)
    let place = try #require(whole.proto.graph.node.firstIndex { $0.opType == test.name })
    for count in 0..<whole.proto.graph.node[place].input.count {
      var maker = whole
      maker.proto.graph.node[place].input.removeLast(whole.proto.graph.node[place].input.count - count)
      do { _ = try maker.model().expandingQuantizedOperators() } catch {
        #expect(error is ExportError || error is ImportError, "\(count) operands: \(error)")
      }
    }
  }

  @Test func largestOfIntegersIsThatOfTheirValues() throws {
    func network(isReal: Bool) -> ModelMaker {
      self.network { maker in
        if isReal { maker.node("DequantizeLinear", ["q"] + Self.scale, "r") }
        maker.node("MaxPool", [isReal ? "r" : "q"], "m", [.ints("kernel_shape", [2, 2])])
        if !isReal { maker.node("DequantizeLinear", ["m"] + Self.scale, "y") }
        if isReal { maker.proto.graph.node[maker.proto.graph.node.count - 1].output = ["y"] }
        maker.output("y", [1])
      }
    }
    let values = try result(network(isReal: false))
    #expect(values == (try result(network(isReal: true))))
    #expect(values == (try result(network(isReal: false), fused: true)))
  }

  @Test func concatOfIntegersStaysInIntegers() throws {
    let maker = network { maker in
      maker.node("QLinearConcat", ["ys", "yz", "q"] + Self.scale + ["p", "ps", "pz"], "yq", [.int("axis", 1)])
      maker.proto.graph.node[maker.proto.graph.node.count - 1].domain = "com.microsoft"
      maker.node("DequantizeLinear", ["yq", "ys", "yz"], "y")
      maker.output("y", [1])
    }
    let values = try result(maker)
    #expect(values == (try result(maker, fused: true)) && values.count == 64)
  }

  @Test func integersOfDifferentScalesCannotBeJoined() {
    let maker = network { maker in
      maker.node("Concat", ["q", "p"], "y", [.int("axis", 1)])
      maker.output("y", [1])
    }
    #expect(throws: ImportError.self) { try maker.imported() }
  }

  /// q·w summed up in int32, scaled back by a factor: as quantizers write layers whose activations have no calibrated scale.
  private func integerProduct(_ op: String, scale factor: String, _ body: (inout ModelMaker) -> Void = { _ in })
    -> ModelMaker
  {
    network { maker in
      body(&maker)
      maker.node(op, ["q", "w", "xz", "uz"], "sum")
      maker.node("Cast", ["sum"], "real", [.int("to", 1)])
      maker.node("Mul", ["real", factor], "y")
      maker.output("y", [1])
    }
  }

  @Test func sumsOfIntegersWithScalesOfTheFileStayBetweenRoundings() throws {
    let model = try integerProduct("ConvInteger", scale: "s") { maker in
      maker.integers("uz", [], [5])
      maker.weight("s", [1, 3, 1, 1], [0.01, 0.02, 0.03].map { $0 * 0.03 })
    }.model()
    #expect(model.proto.graph.node.map(\.opType).suffix(2) == ["DequantizeLinear", "Conv"])
    let weight = try #require(try model.initializer("w.real.0"))
    let expected = [-132, 122, 0, -5, -12, 95].enumerated().map { Float($1) * [0.01, 0.02, 0.03][$0 / 2] }
    #expect(zip(weight.floats(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func roundingsWithScalesOfRunTimeGo() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.integers("w", [3, 2, 1, 1], [-127, 127, 5, 0, -7, 100])
    maker.weight("ws", [], [0.5])
    maker.weight("b", [3], [1, 2, 3])
    maker.integers("shape", [1, -1, 1, 1])
    maker.node("DynamicQuantizeLinear", ["x"], "q")
    maker.proto.graph.node[0].output = ["q", "xs", "xz"]
    maker.node("ConvInteger", ["q", "w", "xz"], "sum")
    maker.node("Cast", ["sum"], "real", [.int("to", 1)])
    maker.node("Mul", ["xs", "ws"], "s")
    maker.node("Mul", ["real", "s"], "scaled")
    maker.node("Reshape", ["b", "shape"], "bias")
    maker.node("Add", ["scaled", "bias"], "y")
    maker.output("y", [1])
    let node = try #require(try maker.model().proto.graph.node.first)
    #expect(try maker.model().proto.graph.node.count == 1)
    #expect(node.opType == "Conv" && node.input == ["x", "w.real.0", "b"] && node.output == ["y"])
  }

  @Test func sumsOfIntegersThatAreNotScaledBackCannotBeImported() {
    let maker = network { maker in
      maker.node("ConvInteger", ["q", "w", "xz"], "sum")
      maker.node("Cast", ["sum"], "y", [.int("to", 1)])
      maker.output("y", [1])
    }
    #expect(throws: ImportError.self) { try maker.imported() }
  }
}
