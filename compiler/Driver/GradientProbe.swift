import IR
import ONNX

/// A step whose gradients of integer layers are floats, to be looked at while it runs.
public struct GradientProbe: Sendable {
  public let image: [UInt8]
  /// Row of the train program → weight of the layer whose gradient it writes, as operand 0.
  public let layers: [Int: String]
}

/// Compiles a model's step in mode `i8f`, under no cap.
///
/// - Throws: as `compile`.
public func gradientProbe(_ model: ONNXModel, _ options: CompileOptions) throws -> GradientProbe {
  var options = options
  options.mode = .i8f
  options.formats = nil
  options.cap = .none
  options.stopAfter = nil
  try options.validate()
  guard case .planned(let planned) = try plan({ options in try Network(model, options) }, options) else {
    preconditionFailure("no stage was named to stop after")
  }
  var layers: [Int: String] = [:]
  let mark = "gradient:"
  for (row, id) in planned.train.order.enumerated() where planned.training.graph[id].name.hasPrefix(mark) {
    layers[row] = String(planned.training.graph[id].name.dropFirst(mark.count))
  }
  let image = PlannedImage(planned, policy: options.policy.name)
  return GradientProbe(image: try emit(image, options, image.reports(options)).bytes, layers: layers)
}
