import Foundation
import Runtime
import Synchronization

/// A plan being run in its arena: trains, judges, predicts.
///
/// Everything it does takes place in the arena, one call at a time; calls from several tasks wait for each other.
public final class Trainer: Sendable {
  public let plan: Plan
  private let state: Mutex<State>

  struct State: ~Copyable {
    var session: Session
    /// Where training stands in its data.
    var progress = DataProgress()
    var slots = CheckpointSlots()
    let memory: ArenaMemory

    /// Puts the next samples where the training step reads them.
    ///
    /// - Throws: `EspalierError.data`.
    mutating func fillBatch(_ cursor: inout DataCursor, path: String) throws(EspalierError) {
      do throws(DataError) { _ = try cursor.fill(session.batch(.train)) } catch { throw .data(path: path, error) }
    }
  }

  /// Starts from the weights of the plan.
  ///
  /// - Throws: `EspalierError.run`.
  public init(_ plan: Plan) throws(EspalierError) {
    self.plan = plan
    do throws(RunError) {
      let memory = try ArenaMemory(bytes: plan.report.arenaBytes)
      let arena = try Arena(memory: memory.base, bytes: memory.count)
      var session = try Session(plan.image, arena: arena)
      // A computer has the memory that the arena has not: its pages need no file.
      do throws(FileError) { try session.openPages(nil) } catch { throw RunError.noMemory(bytes: plan.image.pageBytes) }
      state = Mutex(State(session: session, memory: memory))
    } catch {
      throw .run(error)
    }
  }

  /// Updates done.
  public var step: Int { state.withLock { Int($0.session.step) } }

  /// Lets updates follow one of the image's plans from now on; nil is the image's rotation.
  ///
  /// - Throws: `EspalierError.unknownPlan`, `withinWindow`.
  public func follow(_ name: String?) throws(EspalierError) {
    let index = name.flatMap { plan.image.plan(named: $0) }
    if let name, index == nil { throw .unknownPlan(name: name, known: plan.names) }
    try withState { state throws(EspalierError) in
      guard state.session.choose(index) else { throw .withinWindow(name: name ?? "") }
    }
  }

  /// Whether weights and loss are those of a training that learns; no checkpoint is written of others.
  public var isSound: Bool { state.withLock { $0.session.isSound } }

  /// Bytes of the arena up to the highest that was written: measured, not planned.
  public var arenaHighWaterBytes: Int { state.withLock { $0.memory.highWater } }

  /// Runs `body` while nobody else uses the session.
  func withState<R: Sendable>(_ body: (inout State) throws(EspalierError) -> R) throws(EspalierError) -> R {
    try state.withLock { (state) throws(EspalierError) in try body(&state) }
  }
}
