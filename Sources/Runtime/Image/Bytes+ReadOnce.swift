import CPlatform

// Linux charges pages of a file to whoever reads them first, reads ahead, and does not see the last few when it looks for
// some to take back: a program at its limit is killed for a file that it reads once.

extension Bytes {
  /// Nothing is read before it is asked for, from now on.
  func readSparingly() { unsafe cp_read_sparingly(base, count) }

  /// Hands over all bytes in pieces with their places, and gives back the memory of each one.
  func readOnce(_ body: (Int, Bytes) -> Void) {
    var start = 0
    while start < count {
      let piece = slice(start, min(count &- start, 16384))
      body(start, piece)
      unsafe cp_give_back(piece.base, piece.count)
      start &+= piece.count
    }
  }
}
