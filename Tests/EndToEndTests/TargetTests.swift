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

  /// Clock and rates of the storage are there for what `compile` says about time.
  @Test func timesFollowFromTheBoard() throws {
    try scratch.writePlan()
    let words = ["compile", "m.onnx", "--mode", "f32", "--classes", "3", "-o", "t.plan"]
    let board = try Command.espalier.run(words + ["--target", "raspberry-pi-2"], in: scratch.path)
    #expect(board.output.contains("a step at one multiplication a cycle of raspberry-pi-2: "), "\(board.errors)")
    let host = try Command.espalier.run(words, in: scratch.path)
    #expect(host.status == 0 && !host.output.contains(" ms\n"))
    var target = Target(name: "t", libc: "glibc", clockMHz: 500)
    var report = try Plan(path: scratch.file("t.plan")).report
    (report.macsForward, report.macsBackward, report.macsUpdate) = (1_000_000, 500_000, 0)
    #expect(target.milliseconds(ofStep: report) == 3)
    report.paging = .init(tensors: 1, fileBytes: 4096, stateBytes: 0, bytesPerStep: 10_000)
    #expect(target.pagingMilliseconds(ofStep: report) == nil)
    (target.storageReadBytesPerSecond, target.storageWriteBytesPerSecond) = (10_000_000, 1_000_000)
    #expect(target.pagingMilliseconds(ofStep: report) == 11)
  }

  @Test func badBoardsAreNamed() throws {
    try scratch.write("a/board.json", board("a", cap: "0"))
    try scratch.write("b/board.json", Array("{".utf8))
    try scratch.write("c/board.json", Array(#"{"name": "c"}"#.utf8))
    try scratch.write(
      "d/board.json",
      Array(String(decoding: board("d"), as: UTF8.self).replacing("\"clock_mhz\": null", with: "\"clock_mhz\": 0").utf8)
    )
    for name in ["a", "b", "c", "d"] {
      let outcome = try scratch.espalier("compile", "--mode", "f32", "none.onnx", "--target", scratch.file(name))
      #expect(outcome.status == 65 && outcome.errors.contains("\(name)/board.json"))
    }
  }
}
