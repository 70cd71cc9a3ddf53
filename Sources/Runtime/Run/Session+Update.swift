/// What one update came to.
public struct UpdateReport: Equatable, Sendable {
  /// Updates done so far, this one included.
  public var step: UInt32 = 0
  /// Mean loss over the samples of this update.
  public var loss: Float = 0
  /// Samples whose largest logit was the right class; nil for losses without classes.
  public var correct: Int?
  /// Samples of this update.
  public var samples = 0
  public var learningRate: Float = 0

  public init() {}
}

extension Session {
  /// Runs micro-steps until one has updated the weights; nil where the samples end before.
  ///
  /// - Throws: `FeedError`; micro-steps that were done before remain done.
  public mutating func runUpdate<Feed: SampleFeed>(_ feed: inout Feed) throws(FeedError) -> UpdateReport? {
    var report = UpdateReport()
    var loss = 0.0
    while try feed.fill(batch(.train)) {
      let last = runStep()
      if let cause = lostPages { throw .pages(FileError(cause: cause)) }
      loss += Double(last.loss) * Double(last.samples)
      report.samples &+= last.samples
      if let correct = last.correct { report.correct = (report.correct ?? 0) &+ Int(correct) }
      guard last.isUpdate else { continue }
      report.step = last.step
      report.learningRate = last.learningRate
      report.loss = Float(loss / Double(report.samples))
      return report
    }
    return nil
  }
}
