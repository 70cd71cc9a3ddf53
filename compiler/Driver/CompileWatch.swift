/// Watches a compilation under way: is told how far it is, and may end its search.
public struct CompileWatch: Sendable {
  /// What the search for a plan has found so far; all sizes in bytes.
  public struct Progress: Hashable, Sendable {
    /// Ways to compute the step that were planned.
    public var plans = 0
    /// The smallest arena of these.
    public var smallest = Int.max
    /// The arena of the one with the fewest multiplications that fits under the cap, if one does.
    public var fitting: Int?
  }

  /// Is told of every plan, on the thread that compiles.
  let report: @Sendable (Progress) -> Void
  let isEnded: @Sendable () -> Bool

  /// - Parameter isEnded: whether the search is to end, with the best plan that it has.
  public init(report: @escaping @Sendable (Progress) -> Void, isEnded: @escaping @Sendable () -> Bool) {
    self.report = report
    self.isEnded = isEnded
  }

  /// Lets everything pass.
  public static let none = CompileWatch(report: { _ in }, isEnded: { false })
}

/// A compilation that was ended before it had a plan that fits.
public struct CompileInterrupted: Error {}
