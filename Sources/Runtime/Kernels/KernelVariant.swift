/// Which of the kernels of its opcode a row was planned for; all of them give the same bits.
///
/// A runner that is built for a plan links those that its rows name. An interpreter that has more takes the fastest that
/// processor and scratch of the row allow, whatever the row says, so that a plan runs anywhere.
public enum KernelVariant: UInt8, Sendable {
  /// One element after the other: the reference.
  case plain = 0
  /// Vectors of 128 bits or more; products of integers in tiles of 16 columns, with room for a strip, a packed block and
  /// the sums of both in the row's scratch.
  case tiles = 1
}
