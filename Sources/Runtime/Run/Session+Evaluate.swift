/// How well predictions meet their labels.
public struct Score: Equatable, Sendable {
  public var samples = 0
  /// Samples whose largest logit is the right class; stays 0 for targets.
  public var correct = 0
  /// Sum over samples and outputs of (prediction - target)²; stays 0 for classes.
  public var squaredError = 0.0

  public init() {}
}

extension Session {
  /// Predicts every sample of one pass and compares with the labels of the pack; the cursor must pad its last batch.
  ///
  /// - Throws: `DataError.labelsDiffer` where labels and outputs cannot be compared.
  public mutating func evaluate(_ cursor: inout DataCursor) throws(DataError) -> Score {
    var score = Score()
    let buffers = batch(.predict)
    guard cursor.order.padsLastBatch, let logits = logits(.predict) else { return score }
    let outputs = logits.count / image.batch
    let pack = cursor.pack
    guard pack.labelKind == .classes || pack.labelElements == outputs else { throw .labelsDiffer }
    while true {
      let first = cursor.position < cursor.count ? cursor.position : 0
      let valid = try cursor.fill(buffers)
      guard valid > 0 else { return score }
      predict()
      for index in 0..<valid {
        let sample = cursor.sample(at: first &+ index)
        let row = logits.from(index &* outputs)
        switch pack.labelKind {
        case .classes:
          if row.largest(of: outputs) == Int(pack.label(sample)) { score.correct &+= 1 }
        case .targets:
          for output in 0..<outputs {
            let difference = Double(row[output] - pack.target(sample, output))
            score.squaredError += difference * difference
          }
        }
      }
      score.samples &+= valid
    }
  }
}

extension Elements<Float> {
  /// Index of the largest of the first `count` elements; of equals, the first.
  public func largest(of count: Int) -> Int {
    var best = 0
    for index in 0..<count where self[index] > self[best] { best = index }
    return best
  }
}
