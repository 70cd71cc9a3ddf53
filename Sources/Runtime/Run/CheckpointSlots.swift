/// A checkpoint in two slots, `path` and `path`.previous: whatever happens while one is written, the other is whole.
///
/// The new one is written to a file of its own and synced; only then does the old one become the previous one, and the
/// new one takes its place. An old one that cannot be used is replaced instead, so that the previous one stays.
public struct CheckpointSlots {
  public enum Slot: Sendable { case newest, previous }

  /// Why a slot cannot be used.
  public enum Fault: Error, Equatable, Sendable {
    case file(FileError)
    case checkpoint(CheckpointError)
  }

  /// Where a session went on from.
  public struct Restored: Sendable {
    public let progress: DataProgress
    public let slot: Slot
    /// What is wrong with the newest slot where the previous one was taken.
    public let passedOver: Fault?
  }

  /// Whether the newest slot holds a checkpoint that is whole; nil where nobody has looked.
  private var isNewestWhole: Bool?

  public init() {}

  /// Writes variables and counters to the newest slot.
  ///
  /// - Throws: `FileError`; both slots are then as they were, or the newest one has become the previous one.
  public mutating func write(
    _ session: inout Session, to path: UnsafePointer<CChar>, _ progress: DataProgress
  ) throws(FileError) {
    let keepsPrevious = unsafe isNewestWhole ?? isWhole(path)
    try unsafe session.writeCheckpoint(to: path, progress, keepsPrevious: keepsPrevious)
    isNewestWhole = true
  }

  /// Takes over the newest slot that is whole; nothing changes when it throws.
  ///
  /// - Throws: `Fault`, that of the newest slot where there is one.
  public mutating func restore(
    _ session: inout Session, from path: UnsafePointer<CChar>
  ) throws(Fault) -> Restored {
    let newest: Fault
    do throws(Fault) {
      let progress = try unsafe restore(&session, .newest, path)
      isNewestWhole = true
      return Restored(progress: progress, slot: .newest, passedOver: nil)
    } catch { newest = error }
    isNewestWhole = false
    do throws(Fault) {
      let progress = try unsafe restore(&session, .previous, path)
      return Restored(progress: progress, slot: .previous, passedOver: newest)
    } catch { throw newest }
  }

  private func restore(
    _ session: inout Session, _ slot: Slot, _ path: UnsafePointer<CChar>
  ) throws(Fault) -> DataProgress {
    let file: MappedFile
    do throws(FileError) {
      file = try unsafe slot == .newest ? MappedFile(path: path) : MappedFile(previousOf: path)
    } catch { throw .file(error) }
    do throws(CheckpointError) { return try session.restoreCheckpoint(file) } catch { throw .checkpoint(error) }
  }

  /// Whether a checkpoint, of whatever plan, is there as it was written.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private func isWhole(_ path: UnsafePointer<CChar>) -> Bool {
    guard let file = try? unsafe MappedFile(path: path) else { return false }
    return (try? CheckpointHeader(checking: file.bytes)) != nil
  }
}
