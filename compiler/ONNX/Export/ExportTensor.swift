/// Trained values for a tensor of the file.
public struct ExportTensor: Hashable, Sendable {
  /// Name in the graph: an initializer, the output of a Constant node, or a bias that folding creates.
  public var name: String
  /// ONNX's own layout.
  public var shape: [Int]
  public var values: [Float]

  public init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// A classifier that takes the place of the model's own.
public struct ExportHead: Hashable, Sendable {
  /// Weight of the classifier that goes.
  public var replaces: String
  /// Classes x features, with the window behind where the classifier is a convolution.
  public var weight: ExportTensor
  public var bias: ExportTensor

  public init(replaces: String, weight: ExportTensor, bias: ExportTensor) {
    self.replaces = replaces
    self.weight = weight
    self.bias = bias
  }
}

/// The form of an exported model.
public struct ExportOptions: Hashable, Sendable {
  /// Writes folded layers as the original has them, with their normalization.
  public var unfold = false
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
  /// A normalization that folds into nothing is y = s·x + t in the graph, with s named as γ and t named as β; they go
  /// back as γ = s·√(σ²+ε) and β = t + μ·s. All weights are in the file itself, also those that were beside it.
  ///
  /// - Throws: `ExportError`.
  public func exported(
    _ tensors: [ExportTensor], head: ExportHead? = nil, _ options: ExportOptions = ExportOptions()
  ) throws(ExportError) -> [UInt8] {
    var exporter = try Exporter(self, tensors)
    var folds = options.keepBatchNorm ? [] : try exporter.reading { () throws(ImportError) in try batchNormFolds() }
    if let head { try exporter.replaceClassifier(head, &folds) }
    for fold in folds {
      if options.unfold { try exporter.writeUnfolded(fold) } else { try exporter.writeFolded(fold) }
    }
    if !options.keepBatchNorm { try exporter.writeNormalizations(except: folds) }
    try exporter.writeRest()
    return try exporter.finish()
  }
}
