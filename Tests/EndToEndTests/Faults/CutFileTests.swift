import Foundation
import Support
import Testing

/// A mapped file that is cut short while a program runs on it ends the run with a sentence, and costs no checkpoint.
struct CutFileTests {
  private let scratch: ScratchFolder
  private let runner: Command
  init() throws {
    scratch = try ScratchFolder()
    let made = try RunnerTests.bundle.get().scratch
    for name in ["d.pack", "p.plan"] { try scratch.write(name, made.read(name)) }
    runner = Command(path: made.file("b/runner"))
  }

  /// Trains until a checkpoint is there, and then goes on without a file's bytes; a program that notices nothing is
  /// killed after a minute.
  private func train(_ program: Command, cutting file: String) throws -> CommandResult {
    try program.run(
      [
        "train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--steps", "100000000", "--every", "1",
        "--overwrite",
      ], in: scratch.path
    ) { process in
      while !scratch.exists("c.ckpt") && process.isRunning { usleep(1000) }
      #expect(process.isRunning)
      #expect(truncate(scratch.file(file), 0) == 0)
      for _ in 0..<6000 where process.isRunning { usleep(10_000) }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
  }

  @Test(arguments: ["p.plan", "d.pack"], [true, false])
  func theRunEndsAndTheCheckpointStays(file: String, isRunner: Bool) throws {
    let program = isRunner ? runner : Command.espalier
    let whole = try scratch.read(file)
    let result = try train(program, cutting: file)
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("error: \(file) was cut short while it was in use"), "\(result.errors)")
    #expect(result.errors.contains("\n  next: put the whole file back and start again"), "\(result.errors)")
    try scratch.write(file, whole)
    let shown = try scratch.espalier("checkpoint", "show", "c.ckpt", "--json")
    let step = try #require(shown.json["step"] as? Int, "\(shown.errors)")
    #expect(step > 0)
    let resumed = try program.run(
      ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--steps", "\(step + 3)", "--resume"],
      in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
  }
}
