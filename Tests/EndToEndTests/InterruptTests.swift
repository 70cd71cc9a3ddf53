import Foundation
import Support
import Testing

/// Ctrl-C ends a command with all that it has started, and leaves nothing behind.
struct InterruptTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: scratch.file("tmp"), withIntermediateDirectories: true)
  }

  /// Programs whose command lines have a word in them.
  private func processes(_ word: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { number in
      let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
      return String(decoding: line, as: UTF8.self).contains(word)
    }
  }

  private func wait(_ isDone: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<600 {
      if try isDone() { return true }
      usleep(100_000)
    }
    return false
  }

  /// Runs a command until it has started a program with this word, and sends signals to the command alone.
  private func interrupted(_ words: [String], _ signals: [Int32], when word: String, path: String? = nil) throws
    -> CommandResult
  {
    var environment = ["TMPDIR": scratch.file("tmp")]
    if let path { environment["PATH"] = path }
    return try Command.espalier.run(words, in: scratch.path, environment: environment) { process in
      let runs = try wait { try !processes(word).filter { $0 != process.processIdentifier }.isEmpty }
      #expect(runs || !process.isRunning)
      for signal in signals { kill(process.processIdentifier, signal) }
    }
  }

  @Test(arguments: [[SIGINT], [SIGTERM], [SIGKILL]]) func trialsEndWithTheirSearch(signals: [Int32]) throws {
    try scratch.writeModel()
    try scratch.writeSamples()
    let folder = try #require(scratch.path.split(separator: "/").last)
    let output = scratch.file("front.json")
    let words = [
      "search", "m.onnx", "--data", "d.npz", "--classes", "3", "--mode", "f32", "--cap", "none", "--points", "1",
      "--steps", "3000000", "-o", output,
    ]
    let result = try interrupted(words, signals, when: "\(folder)/front.json\0--trial")
    #expect(result.status == (signals == [SIGKILL] ? SIGKILL : 130), "\(result.errors)")
    #expect(try wait { try processes(output).isEmpty }, "trials go on")
    if signals != [SIGKILL] {
      #expect(result.errors.contains("finished trials are kept"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("tmp")).isEmpty)
    }
    #expect(!scratch.exists("front.json"))
  }

  /// Trials are in the group of their search: a hang-up that it ignores, as under nohup, is ignored by them.
  @Test func aHangUpThatIsIgnoredEndsNoTrial() throws {
    try scratch.writeModel()
    try scratch.writeSamples()
    let folder = try #require(scratch.path.split(separator: "/").last)
    let words = [
      "search", "m.onnx", "--data", "d.npz", "--classes", "3", "--mode", "f32", "--cap", "none", "--points", "1",
      "--steps", "2000", "-o", scratch.file("front.json"),
    ]
    let bash = Command(path: "/bin/bash")
    let script = ["-c", "trap '' HUP; exec setsid \"$@\"", "bash", Command.espalier.path]
    let result = try bash.run(script + words, in: scratch.path) { process in
      let runs = try wait { try !processes("\(folder)/front.json\0--trial").isEmpty }
      #expect(runs && kill(-process.processIdentifier, SIGHUP) == 0)
    }
    #expect(result.status == 0 && scratch.exists("front.json"), "\(result.errors)")
  }

  /// A compiler that takes for ever.
  @Test(arguments: [SIGINT, SIGKILL]) func compilersEndWithTheirBuild(signal: Int32) throws {
    try scratch.writePlan()
    let seconds = "\(100_000 + ProcessInfo.processInfo.processIdentifier)"
    for name in ["swiftc", "clang", "ld.lld", "llvm-objcopy"] {
      try scratch.write("tools/" + name, Array("#!/bin/sh\nexec sleep \(seconds)\n".utf8))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.file("tools/" + name))
    }
    let words = ["build", "p.plan", "--target", "host", "-o", "b"]
    let result = try interrupted(
      words, [signal], when: "sleep\0\(seconds)", path: scratch.file("tools") + ":/usr/bin:/bin")
    #expect(result.status == (signal == SIGINT ? 130 : SIGKILL), "\(result.errors)")
    #expect(try wait { try processes("sleep\0\(seconds)").isEmpty }, "the compiler goes on")
    if signal == SIGINT {
      #expect(result.errors.contains("interrupted; nothing was written"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("tmp")).isEmpty)
    }
    #expect(!scratch.exists("b"))
  }
}
