/// Trained values for a tensor of the file.
public struct ExportTensor: Hashable, Sendable {
  public enum Storage: Hashable, Sendable {
    case floats([Float])
    /// Of 8 or 32 bits, symmetric around 0; a file in uint8 gets them with 128 added.
    case integers([Int32])
  }

  /// Name in the graph: an initializer, the output of a Constant node, or a bias that folding creates.
  public var name: String
  /// ONNX's own layout.
  public var shape: [Int]
  /// Floats for an initializer of integers take its place behind its DequantizeLinear.
  public var storage: Storage
  /// What a unit of integers stands for where that is not what the file says: for each index of the last axis of more
  /// than one element.
  public var units: [Float]?
  /// The operand that alone takes the values, whoever else reads its tensor in the file; nil is everybody.
  public var reader: TensorReader?

  public init(name: String, shape: [Int], values: [Float], reader: TensorReader? = nil) {
    self.init(name: name, shape: shape, .floats(values), reader: reader)
  }

  public init(name: String, shape: [Int], _ storage: Storage, reader: TensorReader? = nil) {
    self.name = name
    self.shape = shape
    self.storage = storage
    self.reader = reader
  }

  /// The floats; none for integers.
  public var values: [Float] {
    get { if case .floats(let values) = storage { values } else { [] } }
    set { storage = .floats(newValue) }
  }

  var count: Int {
    switch storage {
    case .floats(let values): values.count
    case .integers(let values): values.count
    }
  }
}

/// A classifier that takes the place of the model's own.
public struct ExportHead: Hashable, Sendable {
  /// Weight of the classifier that goes.
  public var replaces: String
  /// Classes x features, with the window behind where the classifier is a convolution.
  public var weight: ExportTensor
  public var bias: ExportTensor

  /// The result of the model that was trained; nil is the first.
  public var result: String?

  public init(replaces: String, weight: ExportTensor, bias: ExportTensor, result: String? = nil) {
    self.replaces = replaces
    self.result = result
    self.weight = weight
    self.bias = bias
  }
}

/// The form of an exported model.
public struct ExportOptions: Hashable, Sendable {
  /// Writes folded layers as the original has them, with their normalization.
  public var unfold = false
  /// Writes a quantized model in float: real weights, and the range of each rounding as a Clip.
  public var float = false
  /// The result that was trained; nil is the first.
  public var result: String?
  /// Shape of the input that the network was trained with, where it was given.
  public var inputShape: [Int]?
  /// What a sample's result has of elements then.
  public var resultCount: Int?
  /// The network was trained with its normalizations as they are, so that nothing is folded.
  public var keepBatchNorm = false

  public init() {}
}

extension ONNXModel {
  /// The file with trained values in it; whatever has no new value keeps its bytes.
  ///
  /// Values are those of the graph, in which normalizations are folded into convolutions: W' = W·s, b' = β + (b − μ)·s,
  /// s = γ/√(σ²+ε). Folded form: the normalization is gone, the convolution has W' and b'. Unfolded form: W = W'/s and
  /// β = b' − (b − μ)·s, computed in double precision; everything else of the layer is as before. Where s is 0 the layer
  /// gives β whatever W is, so W stays; training that has moved W' there has no unfolded form, which is an error.
  ///
  /// Values for one `reader` of a tensor that others read too become an initializer of their own. All weights are in the
  /// file itself, also those that were beside it.
  ///
  /// Integers go back into the initializers they come from, whose scales stay unless `scales` has factors for them. Floats for such an initializer, those of
  /// a classifier trained in float, take the place of its DequantizeLinear; what rounds the model's result behind it goes.
  ///
  /// - Parameter origins: where the constants of the graph come from; those without a tensor in the file get one.
  /// - Throws: `ExportError`.
  public func exported(
    _ tensors: [ExportTensor], scales: [ExportScale] = [], head: ExportHead? = nil,
    origins: ConstantOrigins = ConstantOrigins(), _ options: ExportOptions = ExportOptions()
  ) throws(ExportError) -> [UInt8] {
    var names = Set(tensors.map(\.name) + scales.map(\.weight) + scales.compactMap(\.bias))
    if let head { names.insert(head.replaces) }
    if options.float { names.formUnion(origins.quantized) }
    var stated = stating(names, origins)
    let hasOwnScales = !scales.isEmpty || tensors.contains { $0.units != nil }
    if hasOwnScales || wantsFloats(tensors, head, options) && isQuantized { stated = stated.raised() }
    let source = wantsFloats(tensors, head, options) ? try stated.expandingQuantizedOperators() : stated
    return try source.written(tensors, scales, head: head, options)
  }

  /// Whether floats take the place of integers, so that each weight needs a DequantizeLinear of its own.
  private func wantsFloats(_ tensors: [ExportTensor], _ head: ExportHead?, _ options: ExportOptions) -> Bool {
    head != nil || options.float || tensors.contains { if case .floats = $0.storage { true } else { false } }
  }

  private func written(
    _ tensors: [ExportTensor], _ scales: [ExportScale], head: ExportHead?, _ options: ExportOptions
  ) throws(ExportError) -> [UInt8] {
    var exporter = try Exporter(self, tensors)
    var folds = options.keepBatchNorm ? [] : try exporter.reading { () throws(ImportError) in try batchNormFolds() }
    if let head { try exporter.replaceClassifier(head, &folds) }
    for fold in folds {
      if options.unfold { try exporter.writeUnfolded(fold) } else { try exporter.writeFolded(fold) }
    }
    if head == nil { try exporter.dropRounding(of: options.result, always: options.float) }
    try exporter.writeOperands()
    try exporter.writeUnits()
    for scale in scales { try exporter.scale(scale) }
    if options.float { try exporter.dequantize() }
    try exporter.writeRest()
    if let shape = options.inputShape { exporter.declareInput(shape, options) }
    return try exporter.finish()
  }
}
