import Runtime

/// How well predictions meet labels.
public struct Evaluation: Equatable, Sendable {
  public internal(set) var samples = 0
  /// Row: the right class; column: the predicted one. Empty where labels are targets.
  public internal(set) var confusion: [[Int]] = []
  /// Mean over samples and outputs of (prediction - target)²; nil where labels are classes.
  public internal(set) var meanSquaredError: Double?

  /// Samples whose largest logit is the right class.
  public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }

  /// Share of right answers; nil where labels are targets.
  public var accuracy: Double? { meanSquaredError == nil ? Double(correct) / Double(max(samples, 1)) : nil }
}

extension Trainer {
  /// Predicts the samples kept apart for evaluation (all of them where none were) and compares with the labels.
  ///
  /// - Throws: `EspalierError.data`: also for a label that the plan has no class for, and for results that are no finite
  ///   numbers.
  public func evaluate(_ samples: Samples) throws(EspalierError) -> Evaluation {
    var result = Evaluation()
    let pack = samples.pack
    guard plan.classes == 0 else {
      let row = [Int](repeating: 0, count: outputs)
      result.confusion = [[Int]](repeating: row, count: outputs)
      try predict(samples, samples.evaluationPart, checksLabels: true) { sample, logits in
        result.samples += 1
        result.confusion[Int(pack.label(sample))][logits.largest(of: logits.count)] += 1
      }
      return result
    }
    var sum = 0.0
    try predict(samples, samples.evaluationPart, checksLabels: true) { sample, logits in
      result.samples += 1
      for index in 0..<logits.count {
        let difference = Double(logits[index] - pack.target(sample, index))
        sum += difference * difference
      }
    }
    result.meanSquaredError = sum / Double(max(result.samples * outputs, 1))
    return result
  }
}
