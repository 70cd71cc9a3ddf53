import IR
import Testing

@testable import ONNX

/// Quantized models with something wrong: each is a fault that names the tensor, or a correct import.
@Suite struct QuantizedFaultTests {
  /// A convolution between QuantizeLinear and DequantizeLinear, 2 channels to 3, with one thing changed.
  private func convolution(
    unsigned: Bool = false, _ change: (inout ModelMaker) -> Void = { _ in }
  ) throws(ImportError) -> Graph {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.output("y", [1, 3, 4, 4])
    maker.weight("xs", [], [0.05])
    maker.integers("xz", [], [3])
    maker.integers("w", [3, 2, 1, 1], [-128, 127, 5, 0, -7, 100])
    maker.weight("ws", [3], [0.01, 0.02, 0.03])
    maker.integers("wz", [3], [0, 0, 0])
    maker.integers("b", [3], [1000, -1000, 7], type: 6)
    maker.weight("bs", [3], [0.0005, 0.001, 0.0015])
    maker.integers("bz", [3], [0, 0, 0], type: 6)
    maker.weight("ys", [], [0.1])
    maker.integers("yz", [], [-10])
    maker.node("QuantizeLinear", ["x", "xs", "xz"], "xq")
    maker.node("DequantizeLinear", ["xq", "xs", "xz"], "xr")
    maker.node("DequantizeLinear", ["w", "ws", "wz"], "wr", [.int("axis", 0)])
    maker.node("DequantizeLinear", ["b", "bs", "bz"], "br", [.int("axis", 0)])
    maker.node("Conv", ["xr", "wr", "br"], "c")
    maker.node("QuantizeLinear", ["c", "ys", "yz"], "yq")
    maker.node("DequantizeLinear", ["yq", "ys", "yz"], "y")
    change(&maker)
    return try ONNXModel(bytes: (try? maker.bytes()) ?? [], path: "memory.onnx").imported().graph
  }

  private func fault(_ change: (inout ModelMaker) -> Void) -> NodeFault? {
    do throws(ImportError) {
      _ = try convolution(change)
      return nil
    } catch {
      guard case .nodes(let problems) = error else { return nil }
      return problems.first?.fault
    }
  }

  @Test func integersStayIntegers() throws {
    let graph = try convolution()
    #expect(
      graph.nodes.map { type(of: $0.op).name }.filter { $0 != "dequantize" } == [
        "quantize", "conv", "quantize", "transpose",
      ])
    let constants = graph.values.compactMap { value -> Constant? in
      guard case .constant(let constant) = value.definition else { return nil }
      return constant
    }
    let weight = try #require(constants.first { $0.type.dtype == .i8 })
    // The least integer is left out, so that a weight and its negative are both there.
    #expect(weight.bytes().map { Int8(bitPattern: $0) } == [-127, 127, 5, 0, -7, 100])
    #expect(weight.type.quantization?.scales == [0.01, 0.02, 0.03] && weight.type.quantization?.axis == 0)
    #expect(constants.first { $0.type.dtype == .i32 }?.type.count == 3)
  }

  @Test func missingScalesAreNamed() {
    #expect(fault { $0.proto.graph.node[0].input = ["x"] } == .operandMissing(index: 1))
    #expect(fault { $0.proto.graph.node[0].input[1] = "" } == .operandMissing(index: 1))
    #expect(fault { $0.proto.graph.node[2].input[1] = "nobody" } == .undefined(tensor: "nobody"))
    #expect(fault { $0.proto.graph.node[0].input[1] = "x" } == .notConstant(tensor: "x"))
  }

  @Test(arguments: [0, -0.5, .infinity] as [Float])
  func scalesThatAreNotPositiveAreNamed(value: Float) {
    for name in ["xs", "ws", "ys"] {
      let fault = fault { maker in
        let shape = maker[initializer: name].dims.map { Int($0) }
        maker[initializer: name] = .floats(name, shape, Array(repeating: value, count: shape.reduce(1, *)))
      }
      guard case .quantization(name, let reason) = fault else {
        // Infinities are found before.
        #expect(!value.isFinite, "\(name): \(String(describing: fault))")
        continue
      }
      #expect(reason.contains("positive"))
    }
  }

  @Test func countsOfScalesAndZeroPointsAreChecked() {
    func reason(_ change: (inout ModelMaker) -> Void) -> String {
      if case .quantization(let tensor, let reason) = fault(change) { "\(tensor) \(reason)" } else { "" }
    }
    #expect(
      reason {
        $0[initializer: "ws"] = .floats("ws", [2], [1, 1])
        $0.proto.graph.node[2].input = ["w", "ws"]
      } == "ws has 2 scales for 'w' of shape [3, 2, 1, 1]")
    #expect(reason { $0[initializer: "ws"] = .floats("ws", [2], [1, 1]) } == "wz has 3 zero points for 2 scales")
    #expect(
      reason {
        $0[initializer: "xs"] = .floats("xs", [2], [1, 1])
        $0.proto.graph.node[0].input[2] = ""
      } == "xs has 2 scales; an activation has one for the tensor")
    #expect(reason { $0.proto.graph.node[2].attribute = [.int("axis", 9)] }.hasPrefix("ws has 3 scales for 'w'"))
    #expect(reason { $0.proto.graph.node[1].input[1] = "ys" }.hasPrefix("ys is not the scale and zero point"))
  }

  @Test func asymmetricWeightsAreNamed() {
    let fault = fault { maker in
      maker.proto.graph.initializer.removeAll { $0.name == "wz" }
      maker.integers("wz", [3], [0, 4, 0])
    }
    #expect(fault == .quantization(tensor: "w", reason: "has the zero point 4; weights must be symmetric"))
    // Of unsigned integers that of the file, too.
    let unsigned = self.fault { maker in
      maker.proto.graph.initializer.removeAll { $0.name == "wz" || $0.name == "w" }
      maker.integers("wz", [3], [128, 130, 128], type: 2)
      maker.integers("w", [3, 2, 1, 1], [0, 255, 133, 128, 121, 228], type: 2)
    }
    #expect(unsigned == .quantization(tensor: "w", reason: "has the zero point 130; weights must be symmetric"))
  }

  @Test func unsignedWeightsAroundTheMiddleAreSymmetric() throws {
    let graph = try convolution { maker in
      maker.proto.graph.initializer.removeAll { $0.name == "wz" || $0.name == "w" }
      maker.integers("wz", [3], [128, 128, 128], type: 2)
      maker.integers("w", [3, 2, 1, 1], [0, 255, 133, 128, 121, 228], type: 2)
    }
    let integers = graph.values.compactMap { value -> [UInt8]? in
      guard case .constant(let constant) = value.definition, value.type.dtype == .i8 else { return nil }
      return constant.bytes()
    }
    #expect(integers.first?.map { Int8(bitPattern: $0) } == [-127, 127, 5, 0, -7, 100])
  }

  /// uint4, int4, float8 and uint16.
  @Test(arguments: [21, 22, 17, 4])
  func otherElementTypesAreNamed(code: Int) throws {
    #expect(throws: ImportError.tensor(path: "memory.onnx", name: "w", .elementType(code))) {
      try convolution { $0[initializer: "w"].dataType = Int32(code) }
    }
  }

  @Test func zeroPointsOfAnotherTypeAreNamed() {
    let fault = fault { maker in
      maker.proto.graph.initializer.removeAll { $0.name == "xz" }
      maker.proto.graph.initializer.append(.floats("xz", [], [3]))
    }
    #expect(fault == .notConstant(tensor: "xz"))
  }
}
