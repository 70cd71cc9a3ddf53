import Dispatch
import Synchronization

/// Results of independent work, computed on all processors, in their order.
///
/// - Parameter work: gets the number of each; what it reads must not change meanwhile.
/// - Throws: the first error, in the order of the numbers.
public func concurrently<R: Sendable, E: Error>(
  _ count: Int, _ work: (Int) throws(E) -> R
) throws(E) -> [R] {
  guard count > 1 else { return try (0..<count).map { index throws(E) in try work(index) } }
  let results = Mutex([Result<R, E>?](repeating: nil, count: count))
  withoutActuallyEscaping(work) { work in
    // Every call ends before `concurrentPerform` does.
    nonisolated(unsafe) let work = work
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = Result { () throws(E) in try work(index) }
      results.withLock { $0[index] = result }
    }
  }
  return try results.withLock { $0 }.map { result throws(E) in try result!.get() }
}
