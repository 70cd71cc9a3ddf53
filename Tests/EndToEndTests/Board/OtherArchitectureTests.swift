import Foundation
import Support
import Testing

/// A bundle for another processor is refused in words, whoever is asked to run it.
struct OtherArchitectureTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    let made = try RunnerTests.bundle.get().scratch
    try FileManager.default.copyItem(atPath: made.file("b"), toPath: scratch.file("b"))
  }

  /// Turns this computer's runner into one for a processor (`e_machine` of the System V ABI) of 32 or 64 bits.
  private func becomeRunner(for machine: UInt16, bits: Int) throws {
    var program = try scratch.read("b/runner")
    program[4] = bits == 32 ? 1 : 2
    withUnsafeBytes(of: machine.littleEndian) { program.replaceSubrange(18..<20, with: $0) }
    try scratch.write("b/runner", program)
    try #require(chmod(scratch.file("b/runner"), 0o755) == 0)
  }

  private static let machines: [(UInt16, Int, String)] = [
    (183, 64, "64-bit ARM"), (40, 32, "32-bit ARM"), (243, 64, "64-bit RISC-V"),
  ]

  /// Where the system runs none of these itself.
  @Test(arguments: machines) func thisComputerDoesNotRunIt(machine: UInt16, bits: Int, name: String) throws {
    try becomeRunner(for: machine, bits: bits)
    for limit in [[], ["--limit", "address-space"]] {
      let result = try Command.espalier.run(["run", "b"] + limit + ["--", "selftest"], in: scratch.path)
      expectRefusal(result, 65, "b/runner is for \(name)", "this computer has", "--target NAME")
    }
  }

  /// The board's emulator is not even started.
  @Test func noEmulatorRunsIt() throws {
    let result = try scratch.espalier("run", "b", "--target", "raspberry-pi-5", "--", "selftest")
    expectRefusal(result, 65, "b/runner is for x86-64, raspberry-pi-5 has 64-bit ARM")
    try becomeRunner(for: 40, bits: 32)
    let other = try scratch.espalier("run", "b", "--target", "visionfive-2", "--", "selftest")
    expectRefusal(other, 65, "b/runner is for 32-bit ARM, visionfive-2 has 64-bit RISC-V")
  }

  /// Neither is what no system runs: a text, a program that was cut short, another kind of file.
  @Test(arguments: [[], [0x7f, 0x45, 0x4c, 0x46], Array("no program\n".utf8)] as [[UInt8]])
  func whatIsNoProgramIsRefused(bytes: [UInt8]) throws {
    try scratch.write("b/runner", bytes)
    try #require(chmod(scratch.file("b/runner"), 0o755) == 0)
    let result = try scratch.espalier("run", "b", "--", "selftest")
    #expect(result.status == 65, "\(result.status) \(result.errors)")
    #expect(result.errors.contains("b/runner") && result.errors.contains("\n  next: "), "\(result.errors)")
  }
}
