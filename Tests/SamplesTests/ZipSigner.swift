import CZlib

/// Checksums of stored entries as a writer would have written them: else nothing would ever get past them.
func signEntries(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
  func number(_ at: Int, _ width: Int) -> Int { (0..<width).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
  var at = 0
  // Records of the central directory, wherever they stand.
  while at + 46 <= count {
    defer { at += 1 }
    guard number(at, 4) == 0x0201_4b50, number(at + 10, 2) == 0 else { continue }
    let (size, header) = (number(at + 20, 4), number(at + 42, 4))
    guard header <= count - 30 else { continue }
    let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
    guard start <= count, size <= count - start else { continue }
    let sum = crc32(0, bytes + start, UInt32(size))
    for index in 0..<4 { bytes[at + 16 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
  }
}
