import Foundation
import Runtime

extension Trainer {
  /// Most threads that a step can be shared by.
  public static var mostThreads: Int { Team.mostThreads }

  /// Processors of this computer, as far as threads can use them.
  public static var processors: Int { min(max(ProcessInfo.processInfo.activeProcessorCount, 1), mostThreads) }

  /// Shares the rows of steps and predictions among so many threads from now on, this one included; the results are the
  /// same bits.
  ///
  /// Threads share the convolutions of plans in integers, sums of integers being the same in any order; they sleep between
  /// steps.
  /// - Parameter threads: 1 to `mostThreads`.
  /// - Returns: bytes of scratch that the threads take beside the arena; nil where the plan has no rows to share.
  /// - Throws: `EspalierError.threads` where the system has not got them.
  @discardableResult
  public func share(by threads: Int) throws(EspalierError) -> Int? {
    precondition(1...Self.mostThreads ~= threads, "1 to \(Self.mostThreads) threads")
    return try withState { state throws(EspalierError) in
      do throws(FileError) { return try state.session.share(by: threads) } catch {
        throw .threads(count: threads, cause: error.cause)
      }
    }
  }
}
