import CPlatform
import RuntimeBoard

/// A training under way.
struct Training: ~Copyable {
  enum Ending { case done, deadline, interrupted, accuracy, patience, samples }

  var session: Session
  var slots: CheckpointSlots
  var feed: BoardFeed
  var judge: DataCursor?
  let options: Options
  let checkpoint: CText
  let lock: CheckpointLock
  /// Of `--best`.
  let bestLock: CheckpointLock?
  /// On the clock of `cp_nanoseconds`; an end of 0 is none.
  let start: UInt64
  let end: UInt64
  var ending = Ending.done
  var firstStep: UInt32 = 0
  /// Time spent in updates.
  var spent: UInt64 = 0
  var last = UpdateReport()
  /// Of the weights as they are.
  var evaluation: Evaluation?

  init(
    session: consuming Session, slots: CheckpointSlots, feed: BoardFeed, judge: DataCursor?, options: Options,
    checkpoint: CText, lock: consuming CheckpointLock, bestLock: consuming CheckpointLock?, start: UInt64, end: UInt64
  ) {
    self.session = session
    self.slots = slots
    self.feed = feed
    self.judge = judge
    self.options = options
    self.checkpoint = checkpoint
    self.lock = lock
    self.bestLock = bestLock
    self.start = start
    self.end = end
  }

  mutating func run() throws(Failure) {
    firstStep = done
    let total = try total()
    var epochs = feed.completedEpochs
    while done < total {
      guard try update(), !ends(before: total) else { break }
      if feed.completedEpochs > epochs || options.evalEvery.map({ done % $0 == 0 }) ?? false { try judgeAndNote() }
      epochs = max(epochs, feed.completedEpochs)
      if ending != .done { break }
      if let every = options.every, done % every == 0, done < total, session.isSound { try write() }
      try waitUntilBelowTemperatureLimit()
    }
    try write()
    if evaluation == nil && ending != .interrupted { try judgeNow() }
    try reportEnd()
    guard ending != .interrupted else {
      throw Failure(
        .interrupted, checkpoint, " is written, training was interrupted",
        next: "go on with the same command and --resume")
    }
  }

  /// Seconds of an update.
  var perStep: Double { done > firstStep ? seconds(spent) / Double(word: done &- firstStep) : 0 }

  var done: UInt32 { session.step }

  /// Updates after which training ends.
  private func total() throws(Failure) -> UInt32 {
    if let steps = options.steps { return steps }
    guard let epochs = options.epochs else { return session.image.header.plannedUpdates }
    let batches = epochs.multipliedReportingOverflow(by: UInt32(feed.batchesPerEpoch))
    let total = batches.overflow ? .max : batches.partialValue / session.image.header.window
    guard total > 0 else {
      throw Failure(.usage, "--epochs needs packed data that fills an update", next: "give --steps instead")
    }
    return total
  }

  /// Does one update and tells it; false where the samples end or nobody wants to wait for them any longer.
  private mutating func update() throws(Failure) -> Bool {
    let begin = cp_nanoseconds()
    let report: UpdateReport?
    do throws(FeedError) { report = try session.runUpdate(&feed) } catch {
      // What was computed from pages that were lost is nothing to keep.
      if session.lostPages == nil { try write() }
      throw Failure.feed(options.data ?? checkpoint, error)
    }
    guard let report else {
      ending = cp_stop_requested() != 0 ? .interrupted : cp_gives_up(end) != 0 ? .deadline : .samples
      return false
    }
    guard !session.hasDiverged else { throw Failure.diverged }
    let time = cp_nanoseconds() &- begin
    spent &+= time
    last = report
    evaluation = nil
    try tell { (training) throws(Failure) in try training.reportStep(time) }
    return true
  }

  /// Whether to stop after this update although there would be more.
  private mutating func ends(before total: UInt32) -> Bool {
    if cp_stop_requested() != 0 {
      ending = .interrupted
    } else if end != 0 && done < total && cp_nanoseconds() &+ nanoseconds(perStep) > end {
      ending = .deadline
    }
    return ending != .done
  }

  /// Tells something; where nobody hears it any more, what was learned is kept all the same.
  mutating func tell(_ report: (borrowing Training) throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) { try report(self) } catch {
      try write()
      throw error
    }
  }

  mutating func write() throws(Failure) {
    guard session.isSound else { throw Failure.diverged }
    do throws(FileError) { try slots.write(&session, to: checkpoint, feed.progress) } catch {
      throw Failure.writing(checkpoint, error)
    }
  }
}
