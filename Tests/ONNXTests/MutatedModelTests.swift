import Foundation
import IR
import Passes
import SwiftProtobuf
import Testing

@testable import ONNX

/// Models that are whole messages with other numbers in them: each is read or refused, and none ends the process.
///
/// `ESPALIER_MUTATIONS` says how many, `ESPALIER_MUTATION_SEED` which.
@Suite struct MutatedModelTests {
  private func number(_ name: String, or value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
  }

  /// Whether a model is read; all that is done with it then comes to an end, in results or in errors.
  private func isRead(_ proto: Onnx_ModelProto) throws -> Bool {
    let bytes: [UInt8] = try proto.serializedBytes()
    let model: ONNXModel
    do throws(ImportError) { model = try ONNXModel(bytes: bytes, path: "mutated.onnx") } catch { return false }
    _ = try? model.support()
    let imported: ImportedModel
    do throws(ImportError) { imported = try model.imported() } catch { return false }
    if let graph = try? imported.graph.withFloatClassifier() {
      _ = try? graph.fusingIntegerLayers()
      _ = try? graph.dequantized()
    }
    var tensors: [ExportTensor] = []
    for (name, layout) in imported.layouts.sorted(by: { $0.key < $1.key }) {
      guard let id = imported.graph.value(named: name), let constant = imported.graph.constant(id),
        constant.type.dtype == .f32
      else { continue }
      tensors.append(ExportTensor(name: name, shape: layout.shape, values: constant.floats()))
    }
    for isFloat in [false, true] {
      var options = ExportOptions()
      options.float = isFloat
      _ = try? model.exported(tensors, origins: imported.origins, options)
    }
    return true
  }

  @Test func noNumberEndsTheProcess() throws {
    let seeds = MutationSeeds.all.map(\.proto)
    for seed in seeds { #expect(try isRead(seed)) }
    var mutator = ModelMutator(seed: UInt64(number("ESPALIER_MUTATION_SEED", or: 1)))
    let count = number("ESPALIER_MUTATIONS", or: 300)
    var read = 0
    for round in 0..<count {
      var proto = seeds[round % seeds.count]
      mutator.change(&proto)
      if try isRead(proto) { read += 1 }
    }
    #expect(read > count / 50 && read < count)
  }
}

/// Changes numbers of a model.
private struct ModelMutator {
  private var generator: SeededGenerator
  private static let edges: [Int64] = [
    0, 1, -1, 2, 3, 4, 5, -2, -3, 7, 8, 16, 63, 64, 65, 127, 128, 255, 256, 1000, 1 << 14, 1 << 27, 1 << 30,
    1 << 31 - 1, 1 << 31, 1 << 32, 1 << 40, 1 << 62, .max, .max - 1, .min, .min + 1,
  ]
  private static let floats: [Float] = [
    0, 1, -1, 0.5, .leastNonzeroMagnitude, 1e-38, 1e38, -1e38, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, 3,
    2.5,
  ]

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func draw(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &generator) }
  private mutating func integer() -> Int64 { Self.edges[draw(Self.edges.count)] }
  private mutating func float() -> Float { Self.floats[draw(Self.floats.count)] }

  mutating func change(_ model: inout Onnx_ModelProto) {
    for _ in 0...draw(3) {
      switch draw(12) {
      case 0: model.opsetImport[0].version = Int64(draw(16) + 10)
      case 1, 2, 3: changeNode(&model.graph.node[draw(model.graph.node.count)], model.graph)
      case 4, 5: changeAttribute(&model.graph.node[draw(model.graph.node.count)])
      case 6, 7, 8: changeTensor(&model.graph.initializer[draw(model.graph.initializer.count)])
      case 9: changeInput(&model.graph.input[0])
      case 10: model.graph.node.swapAt(draw(model.graph.node.count), draw(model.graph.node.count))
      default: model.graph.output[0].name = name(model.graph)
      }
    }
  }

  private mutating func name(_ graph: Onnx_GraphProto) -> String {
    let names = graph.node.flatMap(\.output) + graph.initializer.map(\.name) + graph.input.map(\.name) + [""]
    return names[draw(names.count)]
  }

  private mutating func changeNode(_ node: inout Onnx_NodeProto, _ graph: Onnx_GraphProto) {
    switch draw(6) {
    case 0 where !node.input.isEmpty: node.input[draw(node.input.count)] = name(graph)
    case 1: node.input.append(name(graph))
    case 2 where !node.input.isEmpty: node.input.removeLast()
    case 3: node.opType = graph.node[draw(graph.node.count)].opType
    case 4: node.output.append("extra\(draw(3))")
    default: node.attribute += graph.node[draw(graph.node.count)].attribute
    }
  }

  private mutating func changeAttribute(_ node: inout Onnx_NodeProto) {
    guard !node.attribute.isEmpty else { return }
    let index = draw(node.attribute.count)
    switch node.attribute[index].type {
    case .int: node.attribute[index].i = integer()
    case .float: node.attribute[index].f = float()
    case .ints:
      let count = node.attribute[index].ints.count
      if draw(6) == 0 || count == 0 {
        node.attribute[index].ints.append(integer())
      } else {
        node.attribute[index].ints[draw(count)] = integer()
      }
    case .tensor: changeTensor(&node.attribute[index].t)
    default: node.attribute.remove(at: index)
    }
  }

  private mutating func changeTensor(_ tensor: inout Onnx_TensorProto) {
    switch draw(6) {
    case 0 where !tensor.dims.isEmpty: tensor.dims[draw(tensor.dims.count)] = integer()
    case 1: tensor.dims.append(integer())
    case 2: tensor.dims = tensor.dims.reversed()
    case 3: tensor.dataType = Int32(draw(25))
    case 4 where tensor.dataType == 7 && tensor.rawData.count >= 8:
      let element = draw(tensor.rawData.count / 8)
      let value = integer()
      tensor.rawData.replaceSubrange(8 * element..<8 * (element + 1), with: withUnsafeBytes(of: value) { Data($0) })
    case 4 where tensor.dataType == 1 && tensor.rawData.count >= 4:
      let element = draw(tensor.rawData.count / 4)
      let value = float()
      tensor.rawData.replaceSubrange(4 * element..<4 * (element + 1), with: withUnsafeBytes(of: value) { Data($0) })
    case 5 where tensor.dims.contains { $0 > 1 }:
      // The same bytes in as many elements, one axis without any.
      tensor.dims[draw(tensor.dims.count)] = 0
      tensor.rawData = Data()
    default:
      guard !tensor.rawData.isEmpty else { return }
      tensor.rawData[draw(tensor.rawData.count)] = UInt8(truncatingIfNeeded: draw(256))
    }
  }

  private mutating func changeInput(_ input: inout Onnx_ValueInfoProto) {
    let count = input.type.tensorType.shape.dim.count
    guard count > 0 else { return }
    input.type.tensorType.shape.dim[draw(count)].dimValue = draw(2) == 0 ? Int64(draw(6)) : integer()
  }
}

/// Networks that use most rules between them.
private enum MutationSeeds {
  static var all: [ModelMaker] {
    [SmallModels.classifier(), SmallModels.gated(), moving, windows, folded, quantized, old]
  }

  /// What moves and reduces elements.
  static var moving: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [2, 3, 4, 4])
    maker.output("y", [2, 5])
    for (name, values) in [
      ("pads", [0, 0, 1, 1, 0, 0, 1, 1]), ("from", [1, 0]), ("to", [5, 6]), ("axes", [2, 3]), ("sizes", [1, 2]),
      ("flat", [0, -1]), ("one", [1]), ("picks", [2, 0, 1]), ("big", [2, 3, 8, 6]), ("wide", [2, 3, 5, 6]),
    ] as [(String, [Int64])] { maker.integers(name, values) }
    maker.node("Pad", ["x", "pads"], "a")
    maker.node("Slice", ["a", "from", "to", "axes"], "b")
    maker.node("Transpose", ["b"], "c", [.ints("perm", [0, 2, 3, 1])])
    maker.node("Transpose", ["c"], "d", [.ints("perm", [0, 3, 1, 2])])
    maker.node("Split", ["d", "sizes"], "e", [.int("axis", 1)])
    maker.proto.graph.node[maker.proto.graph.node.count - 1].output.append("f")
    maker.node("Concat", ["f", "e"], "g", [.int("axis", 1)])
    maker.node("Gather", ["g", "picks"], "h", [.int("axis", 1)])
    maker.node("Resize", ["h", "", "", "big"], "i")
    maker.node("ReduceMean", ["i"], "j", [.ints("axes", [2]), .int("keepdims", 1)])
    maker.node("Unsqueeze", ["j", "one"], "k")
    maker.node("Squeeze", ["k", "one"], "l")
    maker.node("Softmax", ["l"], "m", [.int("axis", 3)])
    maker.node("Expand", ["m", "wide"], "n")
    maker.node("Flatten", ["n"], "o", [.int("axis", 1)])
    maker.weight("fc", [90, 5])
    maker.node("MatMul", ["o", "fc"], "y")
    return maker
  }

  /// Windows of every kind.
  static var windows: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 4, 9, 9])
    maker.output("y", [1, 4])
    maker.weight("w", [4, 2, 3, 3])
    maker.node(
      "Conv", ["x", "w"], "a",
      [
        .ints("pads", [1, 1, 1, 1]), .ints("strides", [1, 2]), .ints("dilations", [1, 1]), .int("group", 2),
        .ints("kernel_shape", [3, 3]),
      ])
    maker.node(
      "MaxPool", ["a"], "b", [.ints("kernel_shape", [2, 2]), .ints("strides", [2, 2]), .int("ceil_mode", 1)])
    maker.node(
      "AveragePool", ["b"], "c",
      [.ints("kernel_shape", [3, 3]), .ints("pads", [1, 1, 1, 1]), .int("count_include_pad", 1)])
    maker.node("LRN", ["c"], "d", [.int("size", 3), .float("alpha", 0.1)])
    maker.node("LeakyRelu", ["d"], "e", [.float("alpha", 0.1)])
    maker.node("GlobalAveragePool", ["e"], "f")
    maker.node("Flatten", ["f"], "y")
    return maker
  }

  /// What is computed while importing.
  static var folded: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [2, 6])
    maker.output("y", [2, 4])
    maker.weight("a", [3, 4])
    maker.weight("b", [3, 4])
    maker.weight("s", [4])
    maker.integers("rows", [3, 1, 0, 2])
    maker.node("Concat", ["a", "b"], "c", [.int("axis", 0)])
    maker.node("Mul", ["c", "s"], "d")
    maker.node("Transpose", ["d"], "e", [.ints("perm", [1, 0])])
    maker.node("Gather", ["e", "rows"], "f", [.int("axis", 0)])
    maker.node("Shape", ["f"], "shape")
    maker.node("Reshape", ["f", "shape"], "g")
    maker.integers("four", [4])
    maker.node("ConstantOfShape", ["four"], "zero", [.tensor("value", .floats("value", [1], [0.5]))])
    maker.node("Neg", ["zero"], "bias")
    maker.node("Cast", ["bias"], "h", [.int("to", 1)])
    maker.node("Gemm", ["x", "g", "h"], "y", [.int("transB", 1), .float("alpha", 1), .float("beta", 1)])
    return maker
  }

  /// Integers between roundings, fake quantization of a weight, a bias in units of its own.
  static var quantized: ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 4, 4])
    maker.output("y", [1, 3])
    maker.weight("xs", [], [0.03])
    maker.integers("xz", [], [0])
    maker.weight("w", [3, 2, 1, 1])
    maker.weight("ws", [3], [0.01, 0.02, 0.01])
    maker.integers("wz", [3], [0, 0, 0])
    maker.integers("b", [3], [100, -100, 5], type: 6)
    maker.weight("bs", [3], [0.001, 0.001, 0.001])
    maker.node("QuantizeLinear", ["x", "xs", "xz"], "q")
    maker.node("DequantizeLinear", ["q", "xs", "xz"], "r")
    maker.node("QuantizeLinear", ["w", "ws", "wz"], "wq", [.int("axis", 0)])
    maker.node("DequantizeLinear", ["wq", "ws", "wz"], "wd", [.int("axis", 0)])
    maker.node("DequantizeLinear", ["b", "bs"], "bd", [.int("axis", 0)])
    maker.node("Conv", ["r", "wd", "bd"], "c")
    maker.node("Relu", ["c"], "d")
    maker.node("QuantizeLinear", ["d", "xs", "xz"], "e")
    maker.integers("v", [3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    maker.node("QLinearConv", ["e", "xs", "xz", "v", "ws", "wz", "xs", "xz"], "f")
    maker.node("MaxPool", ["f"], "g", [.ints("kernel_shape", [2, 2])])
    maker.node("DequantizeLinear", ["g", "xs", "xz"], "h")
    maker.node("GlobalAveragePool", ["h"], "i")
    maker.node("Flatten", ["i"], "j")
    maker.weight("fc", [3, 3])
    maker.node("MatMul", ["j", "fc"], "y")
    return maker
  }

  /// Attributes of opset 11.
  static var old: ModelMaker {
    var maker = ModelMaker(opset: 11)
    maker.input("x", [2, 3, 1, 4])
    maker.output("y", [2, 12])
    maker.node("Squeeze", ["x"], "a", [.ints("axes", [2])])
    maker.node("Unsqueeze", ["a"], "b", [.ints("axes", [2])])
    maker.node("Softmax", ["b"], "c", [.int("axis", 1)])
    maker.node("Split", ["c"], "d", [.ints("split", [1, 2]), .int("axis", 1)])
    maker.proto.graph.node[3].output.append("e")
    maker.node("Concat", ["d", "e"], "f", [.int("axis", 1)])
    maker.weight("g", [3, 1, 4])
    maker.node("Add", ["f", "g"], "h")
    maker.node("Flatten", ["h"], "y", [.int("axis", 1)])
    return maker
  }
}
