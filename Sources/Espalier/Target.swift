import Report

/// What a plan is compiled for: a board, or this computer; the form of `targets/<name>/board.json`.
public struct Target: Codable, Hashable, Sendable {
  public var name: String
  /// Processor core, such as `cortex-a53`; `any` where it does not matter.
  public var core: String
  /// Instruction sets with kernels of their own; all kernels exist in plain code too.
  public var instructionSets: [String]
  /// Bytes that training may take where `--cap` does not say otherwise; nil is no limit.
  @OrNull public var capBytes: Int?
  public var libc: String
  /// Clock of the core in MHz, for estimates; nil where it varies.
  @OrNull public var clockMHz: Int?

  enum CodingKeys: String, CodingKey {
    case name, core, libc
    case instructionSets = "instruction_sets"
    case capBytes = "cap_bytes"
    case clockMHz = "clock_mhz"
  }

  public init(
    name: String, core: String = "any", instructionSets: [String] = [], capBytes: Int? = nil, libc: String,
    clockMHz: Int? = nil
  ) {
    self.name = name
    self.core = core
    self.instructionSets = instructionSets
    self.capBytes = capBytes
    self.libc = libc
    self.clockMHz = clockMHz
  }

  /// This computer: the same as `targets/host/board.json`, so that a program needs no file.
  public static let host = Target(name: "host", libc: "glibc")
}
