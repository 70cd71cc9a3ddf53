/// The updates of a run as they are done; ends early where the task is cancelled.
///
/// Trains only while it is iterated: what is not asked for is not done.
public struct TrainingReports: AsyncSequence {
  let start: () throws(EspalierError) -> TrainingRun

  public struct AsyncIterator: AsyncIteratorProtocol {
    let start: () throws(EspalierError) -> TrainingRun
    var run: TrainingRun?

    public mutating func next() async throws -> TrainingReport? { try await next(isolation: #isolation) }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(EspalierError) -> TrainingReport? {
      await Task.yield()
      guard !Task.isCancelled else { return nil }
      var run: TrainingRun
      if let begun = self.run { run = begun } else { run = try start() }
      defer { self.run = run }
      return try run.next()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(start: start) }
}

extension Trainer {
  /// Trains for so many passes over the samples and gives a report an update.
  public func train(on samples: Samples, epochs: Int) -> TrainingReports {
    var options = TrainingOptions()
    options.extent = .epochs(epochs)
    return train(on: samples, options)
  }

  /// Trains and gives a report an update.
  public func train(on samples: Samples, _ options: TrainingOptions) -> TrainingReports {
    TrainingReports { () throws(EspalierError) in try self.run(on: samples, options) }
  }
}
