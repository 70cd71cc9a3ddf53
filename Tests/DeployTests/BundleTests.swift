import Foundation
import Support
import Testing

@testable import Deploy

struct BundleTests {
  private let scratch: ScratchFolder
  private var bundle = RunnerBundle()
  init() throws {
    scratch = try ScratchFolder()
    bundle.add(RunnerBundle.Name.runner, [1, 2, 3])
    bundle.add(RunnerBundle.Name.image, [4])
  }

  private func write(_ name: String) throws { try bundle.write(to: scratch.file(name)) { "\($0.count)" } }

  @Test func filesAndTheirSumsAreThere() throws {
    try write("b")
    #expect(try scratch.read("b/runner") == [1, 2, 3])
    #expect(try scratch.read("b/SHA256SUMS") == Array("3  runner\n1  model.plan\n".utf8))
    #expect(FileManager.default.isExecutableFile(atPath: scratch.file("b/runner")))
    #expect(!FileManager.default.isExecutableFile(atPath: scratch.file("b/model.plan")))
    #expect(try scratch.names == ["b"])
  }

  @Test func anOlderBundleIsReplacedAsAWhole() throws {
    try write("b")
    var other = RunnerBundle()
    other.add(RunnerBundle.Name.runner, [9])
    try other.write(to: scratch.file("b/")) { _ in "" }
    #expect(try scratch.read("b/runner") == [9])
    #expect(!scratch.exists("b/model.plan"))
    #expect(try scratch.names == ["b"])
  }

  /// Before a runner is compiled, whatever slashes stand behind the name.
  @Test(arguments: ["", "/", "//"]) func linksAreRefusedAtOnce(slashes: String) throws {
    try FileManager.default.createDirectory(atPath: scratch.file("real"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: scratch.file("link"), withDestinationPath: "real")
    #expect(throws: DeployError.cannotWrite(path: scratch.file("link"), cause: ENOTDIR)) {
      try RunnerBundle.check(scratch.file("link") + slashes)
    }
    try RunnerBundle.check(scratch.file("new") + slashes)
    try write("new" + slashes)
    #expect(try scratch.read("new/runner") == [1, 2, 3] && scratch.names == ["link", "new", "real"])
  }

  @Test func anEmptyFolderIsTaken() throws {
    try FileManager.default.createDirectory(atPath: scratch.file("b"), withIntermediateDirectories: false)
    try write("b")
    #expect(scratch.exists("b/runner"))
  }

  @Test func whatIsNoBundleStays() throws {
    try scratch.write("b/letter.txt", [7])
    try scratch.write("c", [8])
    #expect(throws: DeployError.notABundle(path: scratch.file("b"), found: "letter.txt")) { try write("b") }
    #expect(throws: DeployError.cannotWrite(path: scratch.file("c"), cause: ENOTDIR)) { try write("c") }
    // A file that a run has put beside the others, and a folder that only looks like a bundle.
    try write("d")
    try scratch.write("d/model.ckpt", [9])
    #expect(throws: DeployError.notABundle(path: scratch.file("d"), found: "model.ckpt")) { try write("d") }
    try scratch.write("e/README.md", [9])
    #expect(throws: DeployError.notABundle(path: scratch.file("e"), found: "README.md")) { try write("e") }
    #expect(try scratch.read("d/model.ckpt") == [9])
    #expect(try scratch.names == ["b", "c", "d", "e"])
  }

  @Test func aMissingFolderAboveIsNamed() throws {
    #expect(throws: DeployError.cannotWrite(path: scratch.file("none/b"), cause: ENOENT)) { try write("none/b") }
  }
}
