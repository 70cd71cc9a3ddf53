import IR

/// The entries of a zip archive: stored ones by reference, deflated ones unpacked when asked for.
struct ZipArchive {
  struct Entry {
    let name: String
    let method: Int
    let packed: Int
    let size: Int
    let crc: UInt32
    /// First byte of the entry's own header.
    let header: Int
  }

  let path: String
  let storage: any ConstantStorage
  private(set) var entries: [Entry] = []

  /// - Throws: `malformed`.
  init(_ storage: any ConstantStorage, path: String) throws(DataFileError) {
    self.path = path
    self.storage = storage
    let table = try directory()
    var at = table.start
    for _ in 0..<table.entries {
      guard at + 46 <= storage.count, word(at) == 0x0201_4b50 else { throw .malformed(path: path, .zipDirectory) }
      let nameBytes = half(at + 28)
      let extraBytes = half(at + 30)
      let next = at + 46 + nameBytes + extraBytes + half(at + 32)
      guard next <= storage.count else { throw .malformed(path: path, .zipDirectory) }
      let nameText = storage.withBytes { [UInt8]($0[(at + 46)..<(at + 46 + nameBytes)]) }
      let name = String(validating: nameText, as: UTF8.self) ?? writtenOut(nameText)
      var fields = [Int(word(at + 24)), Int(word(at + 20)), Int(word(at + 42))]
      widen(&fields, extra: at + 46 + nameBytes, extraBytes)
      guard fields.allSatisfy({ 0...storage.count << 11 ~= $0 }) else { throw .malformed(path: path, .zipDirectory) }
      entries.append(
        Entry(
          name: name, method: half(at + 10), packed: fields[1], size: fields[0], crc: word(at + 16), header: fields[2]))
      at = next
    }
    try checkEntries()
  }

  /// The bytes of an entry: where they are, from which to which.
  ///
  /// - Throws: `malformed`: truncated, unknown method, damaged, wrong checksum; `noMemory`.
  func contents(of entry: Entry) throws(DataFileError) -> (storage: any ConstantStorage, start: Int, end: Int) {
    let packed = try packedBytes(of: entry)
    guard entry.method != 0 else {
      guard storage.withBytes({ crc32([UnsafeRawBufferPointer(rebasing: $0[packed])]) }) == entry.crc else {
        throw .malformed(path: path, .checksum(entry: entry.name))
      }
      return (storage, packed.lowerBound, packed.upperBound)
    }
    try requireMemory(entry.size, for: path)
    let bytes = storage.withBytes {
      inflate(UnsafeRawBufferPointer(rebasing: $0[packed]), .raw, exactly: entry.size)
    }
    guard let bytes else { throw .malformed(path: path, .compression) }
    guard bytes.withUnsafeBytes({ crc32([$0]) }) == entry.crc else {
      throw .malformed(path: path, .checksum(entry: entry.name))
    }
    return (OwnedBytes(bytes), 0, bytes.count)
  }

  /// The first bytes of an entry, at most `count`, before its checksum has been looked at.
  ///
  /// - Throws: `malformed`: truncated, unknown method, damaged.
  func beginning(
    of entry: Entry, _ count: Int
  ) throws(DataFileError) -> (storage: any ConstantStorage, start: Int, end: Int) {
    let packed = try packedBytes(of: entry)
    guard entry.method != 0 else { return (storage, packed.lowerBound, packed.upperBound) }
    let bytes = storage.withBytes {
      inflatePrefix(UnsafeRawBufferPointer(rebasing: $0[packed]), .raw, min(count, entry.size))
    }
    guard let bytes else { throw .malformed(path: path, .compression) }
    return (OwnedBytes(bytes), 0, bytes.count)
  }

  /// Where the bytes of an entry are in the file.
  private func packedBytes(of entry: Entry) throws(DataFileError) -> Range<Int> {
    guard entry.header <= storage.count - 30, word(entry.header) == 0x0403_4b50 else {
      throw .malformed(path: path, .zipDirectory)
    }
    let start = entry.header + 30 + half(entry.header + 26) + half(entry.header + 28)
    guard start <= storage.count, entry.packed <= storage.count - start else {
      throw .malformed(path: path, .truncated)
    }
    switch entry.method {
    case 0: guard entry.size == entry.packed else { throw .malformed(path: path, .zipDirectory) }
    case 8:
      guard Compression.raw.canHold(entry.size, packed: entry.packed) else {
        throw .malformed(path: path, .compression)
      }
    default: throw .malformed(path: path, .zipMethod(entry: entry.name, method: entry.method))
    }
    return start..<(start + entry.packed)
  }

  /// Refuses entries of one name, and such that share bytes: no program writes them, and few bytes would unpack to many.
  private func checkEntries() throws(DataFileError) {
    var names = Set<String>()
    for entry in entries where !names.insert(entry.name).inserted {
      throw .malformed(path: path, .zipRepeated(entry: entry.name))
    }
    var end = 0
    for entry in entries.sorted(by: { $0.header < $1.header }) {
      guard entry.header >= end else { throw .malformed(path: path, .zipOverlap(entry: entry.name)) }
      // At least its header, its name and what is packed.
      let (next, overflow) = entry.packed.addingReportingOverflow(entry.header + 30)
      guard !overflow, next <= storage.count else { throw .malformed(path: path, .truncated) }
      end = next
    }
  }

  /// Where the central directory starts, and its entries.
  private func directory() throws(DataFileError) -> (start: Int, entries: Int) {
    let count = storage.count
    guard count >= 22 else { throw .malformed(path: path, .notZip) }
    // The end record is followed by a comment of at most 64 KiB.
    var end = count - 22
    while word(end) != 0x0605_4b50 {
      end -= 1
      guard end >= max(0, count - 22 - 0xffff) else { throw .malformed(path: path, .notZip) }
    }
    var result = (start: Int(word(end + 16)), entries: half(end + 10))
    if end >= 20, word(end - 20) == 0x0706_4b50, result.start == 0xffff_ffff || result.entries == 0xffff {
      let wide = long(end - 12)
      guard wide >= 0, wide <= count - 56, word(wide) == 0x0606_4b50 else {
        throw .malformed(path: path, .zipDirectory)
      }
      result = (long(wide + 48), long(wide + 32))
    }
    guard result.start >= 0, result.start <= count, result.entries >= 0, result.entries <= count / 46 else {
      throw .malformed(path: path, .zipDirectory)
    }
    return result
  }

  /// Replaces the fields that did not fit 32 bits by those of the extra record 1.
  private func widen(_ fields: inout [Int], extra: Int, _ bytes: Int) {
    var at = extra
    while at + 4 <= extra + bytes {
      let length = half(at + 2)
      if half(at) == 1 {
        var field = at + 4
        let end = min(field + length, extra + bytes)
        for index in fields.indices where fields[index] == 0xffff_ffff && field + 8 <= end {
          fields[index] = long(field)
          field += 8
        }
      }
      at += 4 + length
    }
  }

  private func half(_ at: Int) -> Int { Int(load(at, UInt16.self)) }
  private func word(_ at: Int) -> UInt32 { load(at, UInt32.self) }
  private func long(_ at: Int) -> Int { Int(truncatingIfNeeded: load(at, UInt64.self)) }

  private func load<T: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _: T.Type) -> T {
    storage.withBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
  }
}
