import Runtime

extension Trainer {
  /// Predicts a part of the samples in order and hands over each one's logits.
  ///
  /// - Parameter body: index of the sample in the pack, and its logits, which hold until it returns.
  /// - Throws: `EspalierError.data`, also for results that are no finite numbers.
  func predict(
    _ samples: Samples, _ part: DataPart, checksLabels: Bool, _ body: (Int, Elements<Float>) -> Void
  ) throws(EspalierError) {
    let order = DataOrder(padsLastBatch: true)
    var cursor = try samples.cursor(part, for: plan, order, checksLabels: checksLabels)
    try withState { state throws(EspalierError) in
      let buffers = state.session.batch(.predict)
      guard let logits = state.session.logits(.predict) else { return }
      let outputs = logits.count / plan.batch
      while true {
        let first = cursor.position
        let valid: Int
        do throws(DataError) { valid = try cursor.fill(buffers) } catch { throw .data(path: samples.path, error) }
        guard valid > 0 else { return }
        state.session.predict()
        for index in 0..<valid {
          let (sample, row) = (cursor.sample(at: first + index), logits.row(index, of: outputs))
          do throws(DataError) { try row.checkResults(of: sample) } catch { throw .data(path: samples.path, error) }
          body(sample, row)
        }
      }
    }
  }
}

/// What the network says about samples.
public struct Predictions: Equatable, Sendable {
  /// Numbers a sample.
  public let outputs: Int
  /// Sample by sample.
  public internal(set) var logits: [Float] = []
  /// Index of the largest logit of each sample; of equals, the first.
  public internal(set) var classes: [Int] = []
}

extension Trainer {
  /// Predicts all samples, in their order; labels are not looked at.
  ///
  /// - Throws: `EspalierError.data`, also for results that are no finite numbers.
  public func predict(_ samples: Samples) throws(EspalierError) -> Predictions {
    var result = Predictions(outputs: outputs)
    result.logits.reserveCapacity(samples.count * outputs)
    try predict(samples, .all, checksLabels: false) { _, logits in
      for index in 0..<logits.count { result.logits.append(logits[index]) }
      result.classes.append(logits.largest(of: logits.count))
    }
    return result
  }

  /// Numbers that the network gives a sample.
  var outputs: Int {
    let program = plan.image.predict
    return Int(program.tensor(Int(program.header.logits)).count) / plan.batch
  }
}
