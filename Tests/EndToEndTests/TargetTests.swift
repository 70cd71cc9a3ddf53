import Espalier
import Foundation
import Support
import Testing

struct TargetTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private func board(_ name: String, cap: String = "null") -> [UInt8] {
    Array(
      """
      {"name": "\(name)", "core": "any", "instruction_sets": [], "cap_bytes": \(cap), "libc": "glibc", "clock_mhz": null}
      """.utf8)
  }

  @Test func theBuiltInHostIsTheOneOfTheFolder() throws {
    let folder = try #require(TargetFolder.beside(executable: Command.espalier.path))
    #expect(try Target.named("host", in: folder) == .host)
    #expect(try folder.target("host") == .host)
  }

  @Test func anInstalledProgramFindsItsTargets() throws {
    try scratch.write("share/espalier/targets/host/board.json", board("host"))
    try scratch.write("share/espalier/targets/camera/board.json", board("camera", cap: "262144"))
    let folder = try #require(TargetFolder.beside(executable: scratch.file("bin/espalier")))
    #expect(folder.names == ["camera", "host"])
    #expect(try Target.named("camera", in: folder).capBytes == 262_144)
  }

  @Test func aTargetCanBeGivenByPath() throws {
    try scratch.write("mine/board.json", board("mine", cap: "1000"))
    #expect(try Target.named(scratch.file("mine"), in: nil).capBytes == 1000)
    #expect(try Target.named(scratch.file("mine/board.json"), in: nil).name == "mine")
  }

  @Test func badBoardsAreNamed() throws {
    try scratch.write("a/board.json", board("a", cap: "0"))
    try scratch.write("b/board.json", Array("{".utf8))
    try scratch.write("c/board.json", Array(#"{"name": "c"}"#.utf8))
    for name in ["a", "b", "c"] {
      let outcome = try scratch.espalier("compile", "--mode", "f32", "none.onnx", "--target", scratch.file(name))
      #expect(outcome.status == 65 && outcome.errors.contains("\(name)/board.json"))
    }
  }
}
