import CPlatform

extension Session {
  /// Writes variables, state that is paged out, and counters to `path`, whole or not at all.
  ///
  /// - Parameter keepsPrevious: whether what was there becomes `path`.previous.
  /// - Throws: `FileError`.
  public mutating func writeCheckpoint(
    to path: UnsafePointer<CChar>, _ progress: DataProgress, keepsPrevious: Bool = false
  ) throws(FileError) {
    // What was computed with pages that are lost may not replace a checkpoint that is whole.
    if let cause = lostPages { throw FileError(cause: cause) }
    let header = checkpointHeader(progress)
    try withStatePages { (state) throws(FileError) in
      let cause = unsafe write(header, state, to: path, keepsPrevious: keepsPrevious)
      guard cause == 0 else { throw FileError(cause: cause) }
    }
  }

  private func checkpointHeader(_ progress: DataProgress) -> CheckpointHeader {
    let bytes = image.persistentBytes
    var header = CheckpointHeader()
    header.length = zeroExtended(CheckpointHeader.size &+ bytes &+ image.statePageBytes &+ Digest.size)
    header.plan = image.digest
    header.step = step
    header.microStep = microStep
    header.epoch = progress.epoch
    header.position = progress.position
    header.seed = progress.seed
    header.data = progress.data
    header.persistentBytes = zeroExtended(bytes)
    header.statistics = statistics
    return header
  }

  /// errno, or 0.
  private func write(
    _ header: CheckpointHeader, _ state: Bytes, to path: UnsafePointer<CChar>, keepsPrevious: Bool
  ) -> Int32 {
    let bytes = image.persistentBytes
    var hash = SHA256()
    unsafe withUnsafeBytes(of: header) { raw in
      if let base = raw.baseAddress { unsafe hash.update(Bytes(base: base, count: raw.count)) }
    }
    unsafe hash.update(Bytes(base: arena.base, count: bytes))
    state.readOnce { _, piece in hash.update(piece) }
    let digest = hash.finish()
    return unsafe withUnsafePointer(to: header) { head in
      unsafe withUnsafePointer(to: digest) { tail in
        let parts: InlineArray<4, cp_part> = unsafe [
          cp_part(base: UnsafeRawPointer(head), bytes: CheckpointHeader.size),
          cp_part(base: UnsafeRawPointer(arena.base), bytes: bytes),
          cp_part(base: state.base, bytes: state.count),
          cp_part(base: UnsafeRawPointer(tail), bytes: Digest.size),
        ]
        return unsafe withUnsafePointer(to: parts) { list in
          unsafe cp_write_parts(
            path, UnsafeRawPointer(list).assumingMemoryBound(to: cp_part.self), 4, keepsPrevious ? 1 : 0)
        }
      }
    }
  }

  /// Takes over what a checkpoint file holds; nothing changes when it throws.
  ///
  /// - Throws: `CheckpointError`.
  public mutating func restoreCheckpoint(
    _ file: borrowing MappedFile
  ) throws(CheckpointError) -> DataProgress { try restoreCheckpoint(file.bytes) }

  /// Takes over variables, state that is paged out, and counters; nothing changes when it throws.
  ///
  /// - Throws: `CheckpointError`.
  public mutating func restoreCheckpoint(_ bytes: Bytes) throws(CheckpointError) -> DataProgress {
    let header = try CheckpointHeader(checking: bytes)
    let end = bytes.count &- Digest.size
    guard header.plan == image.digest else { throw .otherPlan }
    guard header.headerBytes == UInt32(CheckpointHeader.size), header.persistentBytes == image.header.persistentBytes,
      end &- CheckpointHeader.size == image.persistentBytes &+ image.statePageBytes,
      header.microStep < image.header.window
    else { throw .sizes }
    let body = bytes.slice(CheckpointHeader.size, image.persistentBytes)
    let pages = bytes.slice(end &- image.statePageBytes, image.statePageBytes)
    guard holdsNumbers(body), holdsNumbers(pages: pages) else { throw .numbers }
    let base = unsafe arena.base
    body.readOnce { start, piece in
      unsafe (base + start).copyMemory(from: piece.base, byteCount: piece.count)
    }
    restorePages(pages)
    losses = LossWatch()
    step = header.step
    microStep = header.microStep
    statistics = header.statistics
    return DataProgress(seed: header.seed, epoch: header.epoch, position: header.position, data: header.data)
  }
}
