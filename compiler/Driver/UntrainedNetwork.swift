import IR
import ONNX

/// A network as it was before training: where the values are that a plan leaves out because nothing changes them.
public struct UntrainedNetwork: Sendable {
  private let network: Network

  /// Reads the file as it was read for the plan, with the same new head.
  ///
  /// - Throws: `ImportError`, `ModelError`, `HeadError`.
  public init(_ model: ONNXModel, _ metadata: PlanMetadata) throws {
    var options = CompileOptions()
    if let reference = metadata.model {
      options.batch = reference.batch
      options.inputShape = reference.inputShape
      options.keepBatchNorm = reference.keepBatchNorm
    }
    options.loss = LossKind(rawValue: metadata.loss) ?? options.loss
    options.classes = metadata.head?.classes
    options.seed = metadata.head?.seed ?? 0
    network = try Network(model, options).headed(options)
  }

  /// Values in the order of the graph; nil for a name that is no constant in `f32`.
  public func values(_ name: String) -> [Float]? {
    guard let id = network.graph.value(named: name), network.graph.type(id).dtype == .f32 else { return nil }
    return network.graph.constant(id)?.floats()
  }

  /// Where the values of a constant stand in the ONNX file.
  public func layout(_ name: String) -> TensorLayout { network.layout(of: name) }
}
