import CPlatform

/// Threads that share the rows of a session, asleep between steps.
///
/// Any number of them comes to the same bits. Each has scratch of its own beside the arena, as much as a row has.
@safe
public struct Team: ~Copyable {
  /// Products from which on a row is shared: some ten microseconds of a vector unit.
  public static var grain: Float { 0x1p20 }
  public static var mostThreads: Int { 64 }

  /// Nil is the calling thread alone.
  let handle: OpaquePointer?
  /// Bytes of scratch beside the arena.
  public let bytes: Int

  /// The calling thread alone.
  init() {
    unsafe handle = nil
    bytes = 0
  }

  /// - Parameters:
  ///   - threads: 2 to `mostThreads`, the calling one included.
  ///   - scratch: bytes that the rows have that they share.
  ///   - grain: products from which on a row is shared.
  /// - Throws: `FileError` where the system has not got them.
  init(_ threads: Int, scratch: Int, grain: Float) throws(FileError) {
    guard let team = unsafe cp_start_team(Int32(threads), scratch, grain) else {
      throw FileError(cause: cp_last_error())
    }
    unsafe handle = team
    bytes = scratch &* (threads &- 1)
  }

  deinit {
    if isBuilt(.threads) { unsafe cp_end_team(handle) }
  }
}

extension Session {
  /// Shares the rows among so many threads from now on, 1 to `Team.mostThreads`.
  ///
  /// - Returns: bytes of scratch that the threads take beside the arena; nil where no row of the plan is one to share.
  /// - Throws: `FileError` where the system has not got them.
  public mutating func share(by threads: Int, grain: Float = Team.grain) throws(FileError) -> Int? {
    precondition(threads > 0 && threads <= Team.mostThreads)
    guard isBuilt(.threads), let scratch = image.sharedScratch else { return nil }
    if threads > 1 { team = try Team(threads, scratch: scratch, grain: grain) } else { team = Team() }
    return team.bytes
  }
}

extension Image {
  /// Bytes of scratch of the row that has the most among those that threads can share; nil where there is none of these.
  var sharedScratch: Int? {
    var most: Int?
    for plan in 0..<planCount { most = larger(most, train(plan)) }
    return larger(most, predict)
  }

  private func larger(_ most: Int?, _ program: Program) -> Int? {
    var (at, most) = (0, most)
    while at < program.wordCount {
      let call = unsafe program.call(
        at: at, constants: constants.base, arena: UnsafeMutableRawPointer(mutating: bytes.base))
      at &+= call.head.words
      switch OpCode(rawValue: call.head.opcode) {
      case .quantizedConv, .quantizedGradInput, .gradWeightUpdate, .quantizedDepthwise, .quantizedDepthwiseGradInput:
        most = max(most ?? 0, call.elements(call.head.operands &- 1, UInt8.self).count)
      case .quantizedDepthwiseGradWeight, .depthwiseGradWeightUpdate:
        most = most ?? 0
      default: continue
      }
    }
    return most
  }
}
