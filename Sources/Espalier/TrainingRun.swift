import Runtime

/// The updates of one run, one after the other.
public struct TrainingRun {
  private let trainer: Trainer
  /// Held while they are read.
  private let samples: Samples
  private var feed: PackFeed
  /// Whether the checkpoint that this resumes from was trained with other samples: then their epoch starts at its
  /// first.
  public let hasOtherData: Bool
  /// Updates after which training ends.
  public let steps: Int
  /// Updates of one pass over the data; may be 0 where one update takes several passes.
  public let stepsPerEpoch: Int
  /// Passes over the samples that have been completed since the very beginning.
  public var completedEpochs: Int { feed.completedEpochs }

  init(_ trainer: Trainer, on samples: Samples, _ options: TrainingOptions) throws(EspalierError) {
    self.trainer = trainer
    self.samples = samples
    let plan = trainer.plan
    let (step, progress) = try trainer.withState { (Int($0.session.step), $0.progress) }
    let hasBegun = step > 0 || progress != DataProgress()
    if hasBegun, let seed = options.seed, seed != progress.seed {
      throw .seedDiffers(given: seed, checkpoint: progress.seed)
    }
    let order = DataOrder(
      seed: hasBegun ? progress.seed : options.seed ?? 0, shuffles: options.shuffles,
      augmentation: options.augmentation)
    var cursor = try samples.cursor(.train, for: plan, order)
    hasOtherData = hasBegun && cursor.resume(progress)
    feed = PackFeed(cursor)
    stepsPerEpoch = cursor.batchesPerEpoch / plan.accumulation
    switch options.extent {
    case .planned: steps = plan.plannedSteps
    case .steps(let count): steps = count
    case .epochs(let count):
      steps = Int(
        TrainingPace.updates(
          epochs: UInt32(clamping: count), batchesPerEpoch: cursor.batchesPerEpoch, window: UInt32(plan.accumulation)))
      guard steps > 0 else {
        throw .data(
          path: samples.path, .tooFewSamples(have: cursor.count * count, needed: plan.batch * plan.accumulation))
      }
    }
  }

  /// Does one update; nil once all are done.
  ///
  /// - Throws: `EspalierError.diverged`: the weights are then those after the update with that loss.
  public mutating func next() throws(EspalierError) -> TrainingReport? {
    try trainer.withState { state throws(EspalierError) in
      guard Int(state.session.step) < steps else { return nil }
      return try state.update(&feed, path: samples.path, steps: steps)
    }
  }
}

extension Trainer.State {
  /// Runs micro-steps until one has updated the weights.
  fileprivate mutating func update(
    _ feed: inout PackFeed, path: String, steps: Int
  ) throws(EspalierError) -> TrainingReport? {
    let update: UpdateReport?
    do throws(FeedError) { update = try session.runUpdate(&feed) } catch { throw EspalierError(error, path: path) }
    guard let update else { return nil }
    progress = feed.progress
    var report = TrainingReport(steps: steps)
    report.step = Int(update.step)
    report.epoch = Int(progress.epoch) + 1
    report.completedEpochs = feed.completedEpochs
    report.loss = update.loss
    report.correct = update.correct
    report.samples = update.samples
    report.learningRate = update.learningRate
    guard report.loss.isFinite, !session.hasDiverged else { throw .diverged(step: report.step) }
    return report
  }
}

extension EspalierError {
  fileprivate init(_ error: FeedError, path: String) {
    switch error {
    case .data(let error): self = .data(path: path, error)
    case .file(let error): self = .cannotRead(path: path, cause: error.cause)
    case .cut(let sample): self = .data(path: path, .tooFewSamples(have: Int(sample), needed: Int(sample) + 1))
    case .pages(let error): self = .cannotRead(path: "the page file", cause: error.cause)
    }
  }
}

extension Trainer {
  /// Prepares a run that resumes from the present state; every label is checked.
  ///
  /// - Throws: `EspalierError.data`, `seedDiffers`.
  public func run(on samples: Samples, _ options: TrainingOptions = TrainingOptions()) throws(EspalierError)
    -> TrainingRun
  { try TrainingRun(self, on: samples, options) }
}
