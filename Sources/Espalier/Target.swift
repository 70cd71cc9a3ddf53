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
  /// Its cores, as far as threads can use them; nil where it varies.
  public var cores: Int?
  /// Number formats that it can run; nil for all.
  public var modes: [String]?
  /// Rates of its storage, for estimates of paging.
  public var storageReadBytesPerSecond: Int?
  public var storageWriteBytesPerSecond: Int?
  /// What Swift compiles its runner for; nil for this computer.
  public var triple: String?
  /// How its runner may be linked, the usual way first; nil for both, the usual way being dynamic.
  public var links: [RunnerLinkage]?
  /// A command that runs its programs on this computer.
  public var emulator: [String]?

  enum CodingKeys: String, CodingKey {
    case name, core, cores, libc, modes, triple, links, emulator
    case instructionSets = "instruction_sets"
    case capBytes = "cap_bytes"
    case clockMHz = "clock_mhz"
    case storageReadBytesPerSecond = "storage_read_bytes_per_second"
    case storageWriteBytesPerSecond = "storage_write_bytes_per_second"
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

/// How a runner gets at its C library.
public enum RunnerLinkage: String, Codable, Sendable { case dynamic, `static` }
