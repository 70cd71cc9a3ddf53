import CPlatform

/// How the threads of a team share a row.
///
/// What they share are sums of integers, so that any number of threads comes to the same bits.
enum RowShares {
  /// Threads that share a row of rows x depth x columns products and as much scratch: 1 where the others would not pay.
  static func threads(_ rows: Int, _ depth: Int, _ columns: Int, scratch: Int = 0) -> Int {
    isBuilt(.threads) ? Int(cp_team_for(Float(rows) * Float(depth) * Float(columns), scratch)) : 1
  }

  /// Scratch of a thread's own; the calling thread uses that of the row.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  static func scratch(_ thread: Int, _ row: Elements<UInt8>) -> Elements<UInt8> {
    guard thread > 0, let base = unsafe cp_team_scratch(Int32(thread)) else { return row }
    return unsafe Elements(base: base.assumingMemoryBound(to: UInt8.self), count: row.count)
  }

  /// What one of some threads does: neighbours, in multiples of `step`, as evenly as these go.
  static func part(_ thread: Int, of threads: Int, _ count: Int, step: Int) -> Range<Int> {
    let steps = (count &+ step &- 1) / step
    let (first, end) = (steps &* thread / threads, steps &* (thread &+ 1) / threads)
    return min(first &* step, count)..<min(end &* step, count)
  }
}
