import Samples

/// Kinds of processors that runners are for.
public enum Architecture: String, Sendable, CaseIterable {
  case x86_64 = "x86-64"
  case aarch64 = "64-bit ARM"
  case arm = "32-bit ARM"
  case riscv64 = "64-bit RISC-V"

  /// That of this program.
  public static var ofThisComputer: Architecture? {
    #if arch(x86_64)
      .x86_64
    #elseif arch(arm64)
      .aarch64
    #elseif arch(arm)
      .arm
    #elseif arch(riscv64)
      .riscv64
    #else
      nil
    #endif
  }

  /// That which a program says to be for; nil where it is none, or for another processor.
  public init?(program path: String) {
    guard let file = try? FileBytes(path: path) else { return nil }
    let head = file.withBytes { [UInt8]($0.prefix(20)) }
    guard head.count == 20, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    // `e_machine` of the System V ABI.
    switch UInt16(head[18]) | UInt16(head[19]) << 8 {
    case 62: self = .x86_64
    case 183: self = .aarch64
    case 40: self = .arm
    case 243 where head[4] == 2: self = .riscv64
    default: return nil
    }
  }

  /// That of a compiler's target, such as `armv6-none-none-eabi`.
  public init?(triple: String) {
    let first = triple.prefix { $0 != "-" }
    switch first {
    case "x86_64": self = .x86_64
    case "aarch64", "arm64": self = .aarch64
    case "riscv64": self = .riscv64
    default:
      guard first.hasPrefix("arm") || first.hasPrefix("thumb") else { return nil }
      self = .arm
    }
  }
}
