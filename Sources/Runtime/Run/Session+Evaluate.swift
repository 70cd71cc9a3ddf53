/// How well predictions meet their labels.
public struct Score: Equatable, Sendable {
  public var samples = 0
  /// Samples whose largest logit is the right class; stays 0 for targets.
  public var correct = 0
  /// Sum over samples and outputs of (prediction - target)²; stays 0 for classes.
  public var squaredError = 0.0

  public init() {}

  /// Compares the outputs of one sample with its label.
  mutating func add<Labels: SampleLabels>(_ outputs: Elements<Float>, _ sample: Int, _ labels: Labels, hasClasses: Bool)
  {
    samples &+= 1
    guard !hasClasses else {
      if outputs.largest(of: outputs.count) == Int(labels.label(sample)) { correct &+= 1 }
      return
    }
    for output in 0..<outputs.count {
      let difference = Double(outputs[output] - labels.target(sample, output))
      squaredError += difference * difference
    }
  }
}

/// The labels of samples that are counted from 0.
public protocol SampleLabels {
  /// Class of a sample; labels must be classes.
  func label(_ sample: Int) -> Int32
  /// Number `index` of a sample's label; a class is one.
  func target(_ sample: Int, _ index: Int) -> Float
}

extension Pack: SampleLabels {}

extension Session {
  /// Predicts every sample of one pass and compares with the labels of the pack; the cursor must pad its last batch.
  ///
  /// - Throws: `DataError.labelsDiffer` where labels and outputs cannot be compared, `results`.
  public mutating func evaluate(_ cursor: inout DataCursor) throws(DataError) -> Score {
    var score = Score()
    let buffers = batch(.predict)
    guard cursor.order.padsLastBatch, let logits = logits(.predict) else { return score }
    let outputs = logits.count / image.batch
    let pack = cursor.pack
    try pack.form.checkLabels(for: image)
    while true {
      let first = cursor.position < cursor.count ? cursor.position : 0
      let valid = try cursor.fill(buffers)
      guard valid > 0 else { return score }
      predict()
      for index in 0..<valid {
        let (row, sample) = (logits.from(index &* outputs).first(outputs), cursor.sample(at: first &+ index))
        try row.checkResults(of: sample)
        score.add(row, sample, pack, hasClasses: image.classes > 0)
      }
    }
  }

  /// Predicts samples in memory and compares with their labels.
  ///
  /// - Throws: `DataError.labelsDiffer` where labels and outputs cannot be compared, `results`.
  public mutating func evaluate(_ samples: MemorySamples) throws(DataError) -> Score {
    var score = Score()
    try samples.form.checkLabels(for: image)
    let hasClasses = image.classes > 0
    try predict(samples) { sample, row in score.add(row, sample, samples, hasClasses: hasClasses) }
    return score
  }

  /// Predicts samples in memory and hands over the outputs of each, which hold until it returns.
  ///
  /// - Throws: `DataError.labelsDiffer`, `results`.
  public mutating func predict(
    _ samples: MemorySamples, _ body: (Int, Elements<Float>) -> Void
  ) throws(DataError) {
    guard let logits = logits(.predict) else { return }
    let outputs = logits.count / image.batch
    let buffers = batch(.predict)
    var first = 0
    while first < samples.count {
      let valid = try samples.fill(buffers, from: first)
      predict()
      for index in 0..<valid {
        let row = logits.from(index &* outputs).first(outputs)
        try row.checkResults(of: first &+ index)
        body(first &+ index, row)
      }
      first &+= valid
    }
  }
}

extension Elements<Float> {
  /// Refuses results of a sample that are infinite or no numbers: no class and no error can be told from them.
  ///
  /// - Throws: `DataError.results`.
  public func checkResults(of sample: Int) throws(DataError) {
    for index in 0..<count where !self[index].isFinite { throw .results(sample: zeroExtended(sample)) }
  }

  /// Index of the largest of the first `count` elements; of equals, the first.
  public func largest(of count: Int) -> Int {
    var best = 0
    for index in 0..<count where self[index] > self[best] { best = index }
    return best
  }
}
