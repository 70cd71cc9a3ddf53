import IR
import ONNX

/// A probe: the step with float gradients of integer layers, observed while it runs.
public struct GradientProbe: Sendable {
  public let image: [UInt8]
  /// Row of the train program → weight of the layer whose gradient it writes, as operand 0.
  public let layers: [Int: String]
}

/// Compiles a model's step in mode `i8f`, under no cap.
///
/// - Throws: as `compile`.
public func gradientProbe(_ model: ONNXModel, _ options: CompileOptions) throws -> GradientProbe {
  try options.validate()
  return try gradientProbe(CompileRequest(model, options))
}

func gradientProbe(_ request: CompileRequest) throws -> GradientProbe {
  var options = request.options
  options.mode = .i8f
  options.formats = nil
  options.plans = nil
  options.cap = .none
  let request = request.with(options)
  let image = try Pipeline.placed.run((), request)
  let planned = image.largest
  var layers: [Int: String] = [:]
  for (row, id) in planned.train.order.enumerated() {
    if case .gradient(let layer) = planned.training.graph[id].kind { layers[row] = layer }
  }
  return GradientProbe(image: try Stages(Pipeline.emit).run(image, request).image, layers: layers)
}
