/// The part of a weight that is trained while the rest stays frozen.
public struct WeightRegion: Hashable, Sendable {
  /// Input channels; the channels of depthwise layers.
  public var channels: Range<Int>
  /// Outputs; nil for all.
  public var rows: Range<Int>?

  public init(_ channels: Range<Int>, rows: Range<Int>? = nil) {
    self.channels = channels
    self.rows = rows
  }
}
