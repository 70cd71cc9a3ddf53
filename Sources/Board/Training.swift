import CPlatform
import RuntimeBoard

/// A training under way.
struct Training: ~Copyable {
  var session: Session
  var slots: CheckpointSlots
  var feed: BoardFeed
  /// The samples to judge by.
  let judging: DataCursor?
  let options: Options
  let checkpoint: CText
  var pace: TrainingPace
  var last = UpdateReport()
  /// Of the weights as they are.
  var evaluation: Evaluation?

  init(
    session: consuming Session, slots: CheckpointSlots, feed: BoardFeed, judging: DataCursor?, options: Options,
    checkpoint: CText, pace: TrainingPace
  ) {
    self.pace = pace
    self.session = session
    self.slots = slots
    self.feed = feed
    self.judging = judging
    self.options = options
    self.checkpoint = checkpoint
  }

  mutating func run() throws(Failure) {
    let ending = try train()
    if evaluation == nil && ending != .interrupted { try judgeAtTheEnd() }
    try reportEnd(ending)
    guard ending != .interrupted else {
      throw Failure(
        .interrupted, checkpoint, " is written, training was interrupted",
        next: "go on with the same command and --resume")
    }
  }
}

extension Training: TrainingLoop {
  var step: UInt32 { session.step }
  var completedEpochs: Int { feed.completedEpochs }
  var isStopRequested: Bool { cp_stop_requested() != 0 }
  var isSound: Bool { session.isSound }

  mutating func update() throws(Failure) -> UpdateReport? {
    let report: UpdateReport?
    do throws(FeedError) { report = try session.runUpdate(&feed) } catch {
      // What was computed from pages that were lost is nothing to keep.
      if session.lostPages == nil { try write() }
      throw Failure.feed(samplesName, error)
    }
    guard !session.hasDiverged else { throw Failure.diverged }
    return report
  }

  /// What the samples are called in messages.
  private var samplesName: CText {
    guard let data = options.data, !isBuilt(.stream) || !equal(data, "-") else { return standardInput.utf8 }
    return data
  }

  mutating func tell(_ report: UpdateReport, nanoseconds: UInt64) throws(Failure) {
    last = report
    evaluation = nil
    do throws(Failure) { try reportStep(nanoseconds) } catch { throw try kept(error) }
  }

  /// A failure to tell something: where nobody hears it any more, what was learned is kept all the same.
  mutating func kept(_ failure: Failure) throws(Failure) -> Failure {
    try write()
    return failure
  }

  @inline(never)
  mutating func write() throws(Failure) {
    guard isSound else { throw Failure.diverged }
    do throws(FileError) { try slots.write(&session, to: checkpoint, feed.progress) } catch {
      throw Failure.writing(checkpoint, error)
    }
  }
}
