/// Why a session cannot start.
public enum RunError: Error, Equatable, Sendable {
  /// The system has not got this many bytes.
  case noMemory(bytes: Int)
  /// The caller's memory is smaller than the plan's arena.
  case arenaTooSmall(needed: Int, given: Int)
  /// The caller's memory does not start on a multiple of `Arena.alignment`.
  case arenaMisaligned
}
