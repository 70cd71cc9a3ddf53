import IR
import Memory

extension ArenaPlan {
  /// Gives kernels more working memory where bytes of the arena lie idle while they run: no arena grows for it.
  ///
  /// A scratch that may be larger is put into the smallest gap between the tensors in use that holds what is wanted of
  /// it, or else into the largest one.
  ///
  /// - Parameters:
  ///   - schedules: those of the programs, in order.
  ///   - wanted: bytes that the kernel of a value would make use of, for its schedule.
  public mutating func widenScratch(_ schedules: inout [Schedule], wanted: (ValueID, Graph) -> Int) {
    let transient = persistentBytes..<persistentBytes + transientBytes
    for program in schedules.indices {
      let schedule = schedules[program]
      var live = LiveBuffers(schedule, programs[program].offsets)
      for (index, scratch) in schedule.scratch.enumerated() {
        let bytes = wanted(schedule.order[scratch.step], schedule.graph)
        guard bytes > scratch.bytes else { continue }
        live.advance(to: scratch.step)
        guard let gap = live.gap(for: bytes, in: transient), gap.count > scratch.bytes else { continue }
        schedules[program].scratch[index].room = min(bytes, gap.count)
        programs[program].scratchOffsets[index] = gap.lowerBound
      }
    }
  }
}

/// The transient buffers in use at a step, which only goes forward.
private struct LiveBuffers {
  private let arriving: [(first: Int, last: Int, bytes: Range<Int>)]
  private var next = 0
  private var live: [(last: Int, bytes: Range<Int>)] = []

  init(_ schedule: Schedule, _ offsets: [Int]) {
    arriving = zip(schedule.buffers, offsets).filter { !$0.0.isPersistent && $0.0.bytes > 0 }.map { buffer, offset in
      (buffer.first, buffer.last, offset..<offset + aligned(buffer.bytes, to: arenaAlignment))
    }.sorted { ($0.first, $0.bytes.lowerBound) < ($1.first, $1.bytes.lowerBound) }
  }

  mutating func advance(to step: Int) {
    live.removeAll { $0.last < step }
    while next < arriving.count, arriving[next].first <= step {
      if arriving[next].last >= step { live.append((arriving[next].last, arriving[next].bytes)) }
      next += 1
    }
  }

  /// The smallest gap between live buffers that holds so many bytes, else the largest.
  func gap(for bytes: Int, in range: Range<Int>) -> Range<Int>? {
    var gaps: [Range<Int>] = []
    var end = range.lowerBound
    for buffer in live.map(\.bytes).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if buffer.lowerBound > end { gaps.append(end..<buffer.lowerBound) }
      end = max(end, buffer.upperBound)
    }
    if range.upperBound > end { gaps.append(end..<range.upperBound) }
    let fitting = gaps.filter { $0.count >= bytes }
    return fitting.min { $0.count < $1.count } ?? gaps.max { $0.count < $1.count }
  }
}
