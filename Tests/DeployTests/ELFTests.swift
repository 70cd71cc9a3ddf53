import Foundation
import Testing

@testable import Deploy

struct ELFTests {
  /// This test program itself, which links dynamically.
  @Test func aProgramNamesItsLibraries() throws {
    let file = try ELFFile(path: "/proc/self/exe")
    #expect(file.neededLibraries.contains { $0.hasPrefix("libc.so") })
    #expect(file.codeBytes > 1000 && file.dataBytes > 1000)
  }

  @Test func cutFilesAreRefusedOrRead() throws {
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: "/bin/true")))
    #expect(try ELFFile(bytes: bytes, path: "").neededLibraries.contains { $0.hasPrefix("libc.so") })
    #expect(throws: DeployError.notELF(path: "x")) { try ELFFile(bytes: [], path: "x") }
    #expect(throws: DeployError.notELF(path: "x")) { try ELFFile(bytes: Array(bytes.dropLast(70)), path: "x") }
    #expect(throws: DeployError.notELF(path: "x")) { try ELFFile(bytes: bytes.map { $0 ^ 1 }, path: "x") }
    // The table of sections at the largest number there is.
    var far = bytes
    for index in 0x28..<0x2f { far[index] = 0xff }
    far[0x2f] = 0x7f
    #expect(throws: DeployError.notELF(path: "x")) { try ELFFile(bytes: far, path: "x") }
  }
}
