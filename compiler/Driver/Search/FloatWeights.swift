import IR
import ONNX

/// A layer's weight in real units, as the graph has it: its last axis holds the channels that regions are made of.
public struct FloatWeight: Sendable {
  public let name: String
  public let values: [Float]
  public let shape: [Int]
}

/// The weights of a model's layers, those of quantized layers dequantized.
///
/// - Throws: `ImportError`, `ModelError`, `HeadError`.
public func floatWeights(_ model: ONNXModel, _ options: CompileOptions) throws -> [FloatWeight] {
  var options = options
  (options.mode, options.formats, options.policy) = (.f32, nil, .preset("full"))
  let graph = try Pipeline.network.run((), CompileRequest(model, options)).graph
  return graph.layers.compactMap { layer in
    guard layer.kind == .weighted, let constant = graph.constant(layer.weight),
      constant.type.dtype == .f32
    else { return nil }
    return FloatWeight(name: graph[layer.weight].name, values: constant.floats(), shape: constant.type.shape)
  }
}
