/// Where training samples come from, batch by batch.
public protocol SampleFeed {
  /// Writes the next batch; false where no more will come, or somebody asked to stop before it was there.
  ///
  /// - Throws: `FeedError`.
  mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool

  /// How far it has come, for a checkpoint.
  var progress: DataProgress { get }
}

/// Why a feed cannot go on.
public enum FeedError: Error, Equatable, Sendable {
  case data(DataError)
  case file(FileError)
  /// A stream that ends within a sample.
  case cut(sample: UInt64)
  /// Saved values could not be paged out, or back in.
  case pages(FileError)
}

/// A part of packed data, pass after pass.
public struct PackFeed: SampleFeed {
  public private(set) var cursor: DataCursor

  public init(_ cursor: DataCursor) { self.cursor = cursor }

  public mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    do throws(DataError) { return try cursor.fill(buffers) > 0 } catch { throw .data(error) }
  }

  public var progress: DataProgress {
    DataProgress(
      seed: cursor.order.seed, epoch: cursor.epoch, position: UInt32(cursor.position), data: cursor.pack.fingerprint)
  }

  /// Passes that have been completed: what is left of the present one does not fill a batch.
  public var completedEpochs: Int {
    Int(truncatingIfNeeded: cursor.epoch) &+ (cursor.count &- cursor.position < cursor.batch ? 1 : 0)
  }
}
