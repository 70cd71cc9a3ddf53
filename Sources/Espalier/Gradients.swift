import Driver
import IR
import Runtime

/// Loss, logits and gradients of one batch.
public struct Gradients: Sendable {
  /// A gradient in the layout of the ONNX file, zero outside a trained region.
  public struct Tensor: Sendable {
    public let name: String
    public let shape: [Int]
    public let values: [Float]
  }

  public internal(set) var loss: Float = 0
  /// Sample by sample.
  public internal(set) var logits: [Float] = []
  public let batch: Int
  /// In the order of the plan's parameters.
  public internal(set) var tensors: [Tensor] = []
}

extension Trainer {
  /// Runs the training step on the first batch of the samples, in their order, without any update.
  ///
  /// Where the image has several plans, they are those of the next step: see `follow`.
  ///
  /// - Throws: `EspalierError.data`, `results` where loss, logits or a gradient are no finite numbers.
  public func gradients(_ samples: Samples) throws(EspalierError) -> Gradients {
    var cursor = try samples.cursor(.all, for: plan, DataOrder())
    let parameters = plan.metadata.parameters(ofPlan: try withState { $0.session.plan })
    var rows: [Int: Int] = [:]
    for (index, parameter) in parameters.enumerated() { rows[parameter.gradientRow] = index }
    var found = [[Float]](repeating: [], count: parameters.count)
    var result = Gradients(batch: plan.batch)
    try withState { state throws(EspalierError) in
      try state.fillBatch(&cursor, path: samples.path)
      var row = 0
      state.session.walk { opcode, call in
        defer { row += 1 }
        if let index = rows[row] {
          found[index] = call.fusedGradient(opcode) ?? call.floats(2)?.array ?? []
          return .skip
        }
        return opcode.isUpdate ? .skip : .run
      }
      result.loss = state.session.loss
      result.logits = state.session.logits(.train)?.array ?? []
    }
    func check(_ values: [Float], _ what: String) throws(EspalierError) {
      guard values.allSatisfy(\.isFinite) else { throw .results(path: samples.path, what: what) }
    }
    try check([result.loss], "the loss of the first batch")
    try check(result.logits, "what the network gives for the first batch")
    for (parameter, gradient) in zip(parameters, found) {
      try check(gradient, "the gradient of \(parameter.name)")
      guard let values = parameter.inFile(gradient, plan.metadata.channelOrders?[parameter.name]) else {
        throw .tensor(name: parameter.name)
      }
      result.tensors.append(Gradients.Tensor(name: parameter.name, shape: parameter.shapeInFile, values: values))
    }
    return result
  }
}

extension OpCode {
  /// Whether the row changes what outlives a step.
  var isUpdate: Bool {
    switch self {
    case .sgd, .momentumState, .accumulate, .runningMean, .runningVariance, .quantizedUpdate, .gradWeightUpdate,
      .depthwiseGradWeightUpdate, .gradientRange, .lossAverage:
      true
    default: false
    }
  }
}
