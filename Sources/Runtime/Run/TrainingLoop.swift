import CPlatform

/// How far a training goes, and when it writes and judges on its way.
public struct TrainingPace: Sendable {
  /// Updates after which it ends, counted from the very beginning.
  public let updates: UInt32
  /// Updates between two checkpoints; nil for one at the end alone.
  public var checkpointInterval: UInt32?
  /// Updates between two evaluations besides those after each epoch.
  public var evaluationInterval: UInt32?
  /// On the clock of `cp_nanoseconds`, when no update may be under way any more; 0 is never.
  public var end: UInt64 = 0
  /// Updates that were done before.
  public let firstStep: UInt32
  /// Nanoseconds spent in updates.
  public private(set) var spent: UInt64 = 0

  public init(updates: UInt32, firstStep: UInt32) {
    self.updates = updates
    self.firstStep = firstStep
  }

  /// Updates of so many passes over samples; 0 where these do not fill an update, the most there can be where they are more.
  public static func updates(epochs: UInt32, batchesPerEpoch: Int, window: UInt32) -> UInt32 {
    let batches = epochs.multipliedReportingOverflow(by: UInt32(clamping: batchesPerEpoch))
    return batches.overflow ? .max : batches.partialValue / window
  }

  /// What an update took up to now.
  public func secondsPerUpdate(after step: UInt32) -> Double {
    step > firstStep ? seconds(spent) / Double(word: step &- firstStep) : 0
  }

  mutating func note(_ nanoseconds: UInt64) { spent &+= nanoseconds }

  /// Whether another update would end too late.
  fileprivate func isOver(after step: UInt32) -> Bool {
    end != 0 && step < updates && cp_nanoseconds() &+ nanoseconds(secondsPerUpdate(after: step)) > end
  }

  fileprivate func evaluates(after step: UInt32) -> Bool { evaluationInterval.map { step % $0 == 0 } ?? false }

  fileprivate func writes(after step: UInt32) -> Bool {
    step < updates && checkpointInterval.map { step % $0 == 0 } ?? false
  }
}

/// Why a training ended without a fault.
public enum TrainingEnding: Sendable {
  case done, deadline, interrupted, accuracy, patience, samples

  /// As it stands in JSON.
  public var name: StaticCString {
    switch self {
    case .done: "done"
    case .deadline: "deadline"
    case .interrupted: "interrupted"
    case .accuracy: "accuracy"
    case .patience: "patience"
    case .samples: "samples"
    }
  }
}

/// The loop of a training: whoever trains says how each of its parts is done.
public protocol TrainingLoop: ~Copyable {
  associatedtype Fault: Error
  /// What one update came to.
  associatedtype Report

  var pace: TrainingPace { get set }
  /// Updates done since the very beginning.
  var step: UInt32 { get }
  /// Passes over the samples that were completed.
  var completedEpochs: Int { get }
  /// Whether somebody wants it to stop after the update that is under way.
  var isStopRequested: Bool { get }
  /// Whether the weights are those of a training that learns.
  var isSound: Bool { get }

  /// Does one update; nil where the samples end, or nobody waits for them any longer.
  mutating func update() throws(Fault) -> Report?
  /// Tells of an update that took so long.
  mutating func tell(_ report: Report, nanoseconds: UInt64) throws(Fault)
  /// Judges the weights after an epoch, or when it is time; what it comes to may be enough.
  mutating func judge() throws(Fault) -> TrainingEnding?
  /// Writes the checkpoint.
  mutating func write() throws(Fault)
  /// Waits where something has to come down first, such as a temperature.
  mutating func pause() throws(Fault)
}

extension TrainingLoop where Self: ~Copyable {
  /// Trains until everything is done or something says that it is enough, and writes the checkpoint.
  public mutating func train() throws(Fault) -> TrainingEnding {
    let ending = try trainOn()
    try write()
    return ending
  }

  private mutating func trainOn() throws(Fault) -> TrainingEnding {
    var epochs = completedEpochs
    while step < pace.updates {
      let begin = cp_nanoseconds()
      guard let report = try update() else {
        return isStopRequested ? .interrupted : cp_gives_up(pace.end) != 0 ? .deadline : .samples
      }
      let time = cp_nanoseconds() &- begin
      pace.note(time)
      try tell(report, nanoseconds: time)
      if isStopRequested { return .interrupted }
      if pace.isOver(after: step) { return .deadline }
      if isBuilt(.eval), completedEpochs > epochs || pace.evaluates(after: step) {
        epochs = max(epochs, completedEpochs)
        if let enough = try judge() { return enough }
      }
      if pace.writes(after: step), isSound { try write() }
      try pause()
    }
    return .done
  }
}
