import CPlatform

extension Session {
  /// Writes variables and counters to `path`, whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func writeCheckpoint(to path: UnsafePointer<CChar>, _ progress: DataProgress) throws(FileError) {
    let bytes = image.persistentBytes
    var header = CheckpointHeader()
    header.length = wide(CheckpointHeader.size &+ bytes &+ Digest.size)
    header.plan = image.digest
    header.step = step
    header.microStep = microStep
    header.epoch = progress.epoch
    header.position = progress.position
    header.seed = progress.seed
    header.persistentBytes = wide(bytes)
    var hash = SHA256()
    unsafe withUnsafeBytes(of: header) { raw in
      if let base = raw.baseAddress { unsafe hash.update(Bytes(base: base, count: raw.count)) }
    }
    unsafe hash.update(Bytes(base: arena.base, count: bytes))
    let digest = hash.finish()
    let cause = unsafe withUnsafePointer(to: header) { head in
      unsafe withUnsafePointer(to: digest) { tail in
        let parts: InlineArray<3, cp_part> = unsafe [
          cp_part(base: UnsafeRawPointer(head), bytes: CheckpointHeader.size),
          cp_part(base: UnsafeRawPointer(arena.base), bytes: bytes),
          cp_part(base: UnsafeRawPointer(tail), bytes: Digest.size),
        ]
        return unsafe withUnsafePointer(to: parts) { list in
          unsafe cp_write_parts(path, UnsafeRawPointer(list).assumingMemoryBound(to: cp_part.self), 3)
        }
      }
    }
    guard cause == 0 else { throw FileError(cause: cause) }
  }

  /// Takes over what a checkpoint file holds; nothing changes when it throws.
  ///
  /// - Throws: `CheckpointError`.
  public mutating func restoreCheckpoint(
    _ file: borrowing MappedFile
  ) throws(CheckpointError) -> DataProgress { try restoreCheckpoint(file.bytes) }

  /// Takes over variables and counters; nothing changes when it throws.
  ///
  /// - Throws: `CheckpointError`.
  public mutating func restoreCheckpoint(_ bytes: Bytes) throws(CheckpointError) -> DataProgress {
    guard bytes.count >= 16, bytes.load(0, as: UInt64.self) == CheckpointHeader.magic else { throw .notACheckpoint }
    let version = bytes.load(8, as: UInt32.self)
    guard version == CheckpointHeader.version else {
      throw .version(found: version, supported: CheckpointHeader.version)
    }
    guard bytes.count >= CheckpointHeader.size + Digest.size else {
      throw .length(stated: wide(CheckpointHeader.size + Digest.size), actual: wide(bytes.count))
    }
    let header: CheckpointHeader = bytes.load(0)
    guard header.length == wide(bytes.count) else {
      throw .length(stated: header.length, actual: wide(bytes.count))
    }
    let end = bytes.count &- Digest.size
    guard Digest(of: bytes.slice(0, end)) == bytes.load(end, as: Digest.self) else { throw .digest }
    guard header.plan == image.digest else { throw .otherPlan }
    guard header.headerBytes == UInt32(CheckpointHeader.size), header.persistentBytes == image.header.persistentBytes,
      end &- CheckpointHeader.size == image.persistentBytes, header.microStep < image.header.window
    else { throw .sizes }
    let body = bytes.slice(CheckpointHeader.size, image.persistentBytes)
    unsafe arena.base.copyMemory(from: body.base, byteCount: body.count)
    step = header.step
    microStep = header.microStep
    return DataProgress(seed: header.seed, epoch: header.epoch, position: header.position)
  }
}
