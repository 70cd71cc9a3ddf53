/// A chain of segments of the forward pass, each of which is kept for backward or rematerialized.
///
/// A way through it divides the chain into segments that are kept and runs of segments that are recomputed once, from
/// the value in front of them (Beaumont et al., Optimal checkpointing for heterogeneous chains).
public struct CheckpointChain: Sendable {
  public struct Segment: Hashable, Sendable {
    /// Bytes that backward reads of the segment.
    public var saved: Int
    /// Bytes of the value that leads on to the next segment, and whether `saved` counts it.
    public var cut: Int
    public var cutIsSaved: Bool
    /// Multiplications of the forward pass.
    public var macs: Int
    /// Bytes in use during its forward and backward pass beside what the segments before keep.
    public var forward: Int
    public var backward: Int

    public init(saved: Int, cut: Int, cutIsSaved: Bool, macs: Int, forward: Int, backward: Int) {
      self.saved = saved
      self.cut = cut
      self.cutIsSaved = cutIsSaved
      self.macs = macs
      self.forward = forward
      self.backward = backward
    }
  }

  /// Which runs of segments are recomputed.
  public struct Choice: Hashable, Sendable {
    public var runs: [Range<Int>]
    public var macs: Int
    public var peak: Int
  }

  public var segments: [Segment]
  /// Bytes of what the first segment reads.
  public var start: Int

  public init(_ segments: [Segment], start: Int) {
    self.segments = segments
    self.start = start
  }

  /// The choices that no other beats in bytes and multiplications; those of long chains cut only between groups.
  public func frontier() -> CheckpointFrontier { CheckpointFrontier(self) }

  /// The choice with the fewest multiplications whose peak is within the budget; nil where there is none.
  public func cheapest(under budget: Int) -> Choice? { frontier().cheapest(under: budget) }
}
