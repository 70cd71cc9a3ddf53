import Foundation
import IR
import Passes
import SwiftProtobuf

@testable import ONNX

/// Whether a model is read; all that is done with it then comes to an end, in results or in errors.
func isRead(_ bytes: [UInt8]) -> Bool {
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

/// Changes numbers of a model.
struct ModelMutator {
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
