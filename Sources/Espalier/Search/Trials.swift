import Driver
import Synchronization

/// Trials with a memory: none is run a second time.
public struct Trials: Sendable {
  private let store: TrialStore
  private let runner: any TrialRunner
  private let progress: @Sendable (Int, Int) -> Bool

  /// - Parameter progress: is told how many of how many are done; false starts no more.
  public init(
    _ store: TrialStore, _ runner: any TrialRunner, progress: @escaping @Sendable (Int, Int) -> Bool = { _, _ in true }
  ) {
    self.store = store
    self.runner = runner
    self.progress = progress
  }

  /// What trials came to; nil for those that were not run because progress said so.
  ///
  /// - Throws: `TrialError`, `DataFileError`.
  public func results(_ trials: [Trial]) throws -> [TrialResult?] {
    var results = trials.map { store.result(of: $0) }
    var seen: Set<Trial> = []
    let missing = trials.indices.filter { results[$0] == nil && seen.insert(trials[$0]).inserted }.map { trials[$0] }
    let done = Mutex(trials.count - missing.count)
    guard progress(trials.count - missing.count, trials.count), !missing.isEmpty else { return results }
    try runner.run(missing) { [store, progress] index, result in
      try store.keep(result, of: missing[index])
      let count = done.withLock { count in
        count += 1
        return count
      }
      return progress(count, trials.count)
    }
    for index in trials.indices where results[index] == nil { results[index] = store.result(of: trials[index]) }
    return results
  }
}
