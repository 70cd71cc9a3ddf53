/// The first bytes of a checkpoint; the persistent section of the arena and a digest follow.
public struct CheckpointHeader: BitwiseCopyable, Sendable {
  /// "ESPCKPT\0".
  public static var magic: UInt64 { 0x0054_504b_4350_5345 }
  public static var version: UInt32 { 3 }
  public static var size: Int { MemoryLayout<CheckpointHeader>.size }

  public var magic = CheckpointHeader.magic
  public var version = CheckpointHeader.version
  public var headerBytes = UInt32(CheckpointHeader.size)
  public var length: UInt64 = 0
  /// Digest of the plan that the bytes belong to.
  public var plan = Digest()
  public var step: UInt32 = 0
  public var microStep: UInt32 = 0
  public var epoch: UInt32 = 0
  public var position: UInt32 = 0
  public var seed: UInt64 = 0
  /// Fingerprint of the packed data that the position is in; 0 for samples that pass by.
  public var data: UInt64 = 0
  public var persistentBytes: UInt64 = 0
  public var statistics = TrainingStatistics()

  public init() {}

  /// The header of bytes that are a checkpoint as it was written, of whatever plan.
  ///
  /// - Throws: `CheckpointError`.
  public init(checking bytes: Bytes) throws(CheckpointError) {
    bytes.readSparingly()
    guard bytes.count >= 16, bytes.load(0, as: UInt64.self) == CheckpointHeader.magic else { throw .notACheckpoint }
    let version = bytes.load(8, as: UInt32.self)
    guard version == CheckpointHeader.version else {
      throw .version(found: version, supported: CheckpointHeader.version)
    }
    guard bytes.count >= CheckpointHeader.size + Digest.size else {
      throw .length(stated: zeroExtended(CheckpointHeader.size + Digest.size), actual: zeroExtended(bytes.count))
    }
    self = bytes.load(0)
    guard length == zeroExtended(bytes.count) else { throw .length(stated: length, actual: zeroExtended(bytes.count)) }
    let end = bytes.count &- Digest.size
    guard headerBytes == UInt32(CheckpointHeader.size),
      persistentBytes <= zeroExtended(end &- CheckpointHeader.size)
    else { throw .sizes }
    var hash = SHA256()
    bytes.slice(0, end).readOnce { _, piece in hash.update(piece) }
    guard hash.finish() == bytes.load(end, as: Digest.self) else { throw .digest }
    guard onlyImage != nil || statistics.loss.isFinite else { throw .numbers }
  }
}

/// How far a pass over the data has come; travels with a checkpoint.
public struct DataProgress: Equatable, Sendable {
  public var seed: UInt64
  public var epoch: UInt32
  public var position: UInt32
  /// Fingerprint of the packed data; 0 for samples that pass by.
  public var data: UInt64

  public init(seed: UInt64 = 0, epoch: UInt32 = 0, position: UInt32 = 0, data: UInt64 = 0) {
    self.seed = seed
    self.epoch = epoch
    self.position = position
    self.data = data
  }
}

/// Why bytes are no checkpoint that a session may go on from.
public enum CheckpointError: Error, Equatable, Sendable {
  case notACheckpoint
  case version(found: UInt32, supported: UInt32)
  case length(stated: UInt64, actual: UInt64)
  case digest
  /// Written by a session of another plan.
  case otherPlan
  /// Of this plan, yet with sizes or counters that it cannot have.
  case sizes
  /// With a NaN or an infinity among its floats, the sum of losses included: that of a training which has diverged.
  case numbers
}
