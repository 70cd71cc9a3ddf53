import IR
import ONNX
import Operators

/// A network as it was before training: where the values are that a plan leaves out because nothing changes them.
public struct UntrainedNetwork: Sendable {
  private let network: Network
  /// The graph before its numbers became those of the mode.
  private let imported: Graph
  /// The file with the branches that were added to it.
  public let model: ONNXModel

  /// Reads the file as it was read for the plan, with the same new head and in the same numbers.
  ///
  /// - Throws: `ImportError`, `ModelError`, `HeadError`.
  public init(_ model: ONNXModel, _ metadata: PlanMetadata) throws {
    var options = CompileOptions()
    if let reference = metadata.model {
      options.batch = reference.batch
      options.inputShape = reference.inputShape
      options.keepBatchNorm = reference.keepBatchNorm
      options.output = reference.output
      options.liteResiduals = reference.liteResiduals ?? []
    }
    options.loss = LossKind(rawValue: metadata.loss) ?? options.loss
    options.classes = metadata.head?.classes
    options.seed = metadata.head?.seed ?? 0
    options.mode = NumberMode(rawValue: metadata.report.mode) ?? .f32
    self.model = try model.withBranches(options)
    let request = CompileRequest(model, options)
    let classifier = try Stages(Pipeline.importing).then(Pipeline.head).run((), request)
    imported = classifier.graph
    network = try Stages(Pipeline.quantize).run(classifier, request)
  }

  /// Values in the order of the graph; nil for a name that is no constant in `f32`.
  public func values(_ name: String) -> [Float]? {
    guard let id = network.graph.value(named: name), network.graph.type(id).dtype == .f32 else { return nil }
    return network.graph.constant(id)?.floats()
  }

  /// Integers in the order of the graph; nil for a name that is no constant of 8 or 32 bits.
  public func integers(_ name: String) -> [Int32]? {
    guard let id = network.graph.value(named: name), let constant = network.graph.constant(id) else { return nil }
    return [.i8, .i32].contains(constant.type.dtype) ? constant.integers() : nil
  }

  /// What a unit of integers stands for, along their last axis, where the file has floats in their place; else nil.
  public func units(_ name: String) -> [Float]? {
    guard let (own, source) = biasTypes(name), source == nil || source?.dtype == .f32 else { return nil }
    return own.scales
  }

  /// What a unit of integers stands for where the file has integers in other units; else nil.
  public func ownUnits(_ name: String) -> [Float]? {
    guard let (own, source) = biasTypes(name), let source, source.dtype != .f32 else { return nil }
    let inFile = source.weightScales(own.scales.count, axis: source.rank - 1)
    let isSame =
      source.dtype == .i32 && inFile.map { zip($0, own.scales).allSatisfy { abs($0 / $1 - 1) < 1e-4 } } == true
    return isSame ? nil : own.scales
  }

  /// The quantization of int32 biases, and the type that the file has in their place; nil for a bias that layers share there.
  private func biasTypes(_ name: String) -> (own: Quantization, source: TensorType?)? {
    guard let id = network.graph.value(named: name), network.graph.type(id).dtype == .i32,
      let own = network.graph.type(id).quantization
    else { return nil }
    return (own, imported.value(named: name).map(imported.type))
  }

  /// Where its constants come from in the file.
  public var origins: ConstantOrigins { network.origins }

  /// Whether the file computes with integers.
  public var isQuantized: Bool { network.isQuantized }

  /// The only reader of a tensor that one operation has for itself; nil for those that stand in the file alone.
  public func reader(_ name: String) -> TensorReader? { network.readers[name] }

  /// Where the values of a constant stand in the ONNX file.
  public func layout(_ name: String) -> TensorLayout { network.layout(of: name) }
}
