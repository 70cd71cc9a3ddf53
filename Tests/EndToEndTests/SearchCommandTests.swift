import Driver
import Espalier
import Foundation
import Report
import Support
import Testing

/// `espalier search`, and plans by the policies that it finds.
struct SearchCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("m.onnx", SmallModels.classifier())
    try scratch.writeRandomSamples("d.npz", [3, 8, 8], classes: 4)
  }

  private func run(_ words: [String]) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private let words = [
    "search", "m.onnx", "--data", "d.npz", "--classes", "4", "--mode", "f32", "--cap", "none", "--steps", "3",
    "--points", "3",
  ]

  private func front(_ more: String...) throws -> SearchFront {
    let result = try run(words + more + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(SearchFront.self, from: Data(result.output.utf8))
  }

  @Test(arguments: ["fisher", "gradient", "snr"]) func everyPointIsAPlan(score: String) throws {
    let front = try front("--score", score, "--untrained", "-o", "f.json", "--html", "f.html")
    #expect(front.points.map(\.number) == Array(1...front.points.count) && front.score == score)
    #expect(Set(front.points.map(\.source)).isSuperset(of: ["head", "bias"]))
    #expect(front.points.contains { $0.source == score && $0.value ?? 0 > 0 && $0.value ?? 0 <= $0.bound ?? 0 + 1e-9 })
    // What trains everything is there once.
    #expect(front.points.count { $0.trainedParameters == front.points.last?.trainedParameters } == 1)
    for point in front.points {
      let words = ["compile", "m.onnx", "-o", "p.plan", "--classes", "4", "--mode", "f32", "--steps", "3", "--json"]
      let result = try run(words + ["--policy", "f.json#\(point.number)", "--cap", "none"])
      #expect(result.status == 0, "\(result.errors)")
      let report = try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8))
      #expect(report.arenaBytes == point.arenaBytes && report.trainedParameters == point.trainedParameters)
    }
    let page = String(decoding: try scratch.read("f.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<rect").count == front.points.count + 1)
  }

  /// What is done stays done: a second search runs no trial, and comes to the same.
  @Test func trialsAreRunOnce() throws {
    let first = try front("--score", "contribution", "--trial-steps", "2", "-o", "a.json", "--cache", "c")
    let trials = try FileManager.default.contentsOfDirectory(atPath: scratch.file("c")).sorted()
    #expect(trials.count > 10 && first.points.allSatisfy { $0.accuracy != nil })
    func times() throws -> [Date?] {
      try trials.map {
        try FileManager.default.attributesOfItem(atPath: scratch.file("c/" + $0))[.modificationDate] as? Date
      }
    }
    let before = try times()
    #expect(try front("--score", "contribution", "--trial-steps", "2", "-o", "b.json", "--cache", "c") == first)
    #expect(try times() == before)
    #expect(try scratch.read("a.json") == scratch.read("b.json"))
    // Without some of the results only those are found out again, and come to the same.
    for name in trials.prefix(3) { try FileManager.default.removeItem(atPath: scratch.file("c/" + name)) }
    #expect(try front("--score", "contribution", "--trial-steps", "2", "-o", "b.json", "--cache", "c") == first)
    #expect(try times().dropFirst(3) == before.dropFirst(3))
  }

  /// Killed over and over, a search comes to what it comes to at once, and repeats no trial that was finished.
  @Test func killedSearchesGoOn() throws {
    let expected = try front("--score", "contribution", "--trial-steps", "2", "-o", "a.json", "--cache", "whole")
    let count = try FileManager.default.contentsOfDirectory(atPath: scratch.file("whole")).count
    let words = words + ["--score", "contribution", "--trial-steps", "2", "-o", "b.json", "--cache", "parts", "--json"]
    var seen: [String: Date] = [:]
    var kills = 0
    while true {
      let result = try Command.espalier.run(words, in: scratch.path) { process in
        usleep(UInt32(200_000 * (kills + 1)))
        if kills < 4 { kill(process.processIdentifier, kills % 2 == 0 ? SIGKILL : SIGINT) }
      }
      for (name, date) in try finishedTrials("parts") { #expect(seen.updateValue(date, forKey: name) ?? date == date) }
      if result.status == 0 { break }
      // Early on the signal finds a process that does not watch for it yet.
      let endings = kills % 2 == 0 ? [SIGKILL] : [130, SIGINT]
      #expect(endings.contains(result.status), "\(result.errors)")
      #expect(!scratch.exists("b.json"))
      kills += 1
    }
    #expect(kills > 0 && seen.count == count)
    #expect(try JSONDecoder().decode(SearchFront.self, from: Data(scratch.read("b.json"))) == expected)
  }

  private func finishedTrials(_ folder: String) throws -> [String: Date] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.file(folder))) ?? []
    let pairs = try names.filter { $0.hasSuffix(".json") }.map { name in
      let facts = try FileManager.default.attributesOfItem(atPath: scratch.file(folder + "/" + name))
      return (name, facts[.modificationDate] as? Date ?? .distantPast)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// Trials on a cluster of two workers come to the same.
  @Test(.enabled(if: Command.python != nil)) func aClusterComesToTheSame() throws {
    let own = try front("-o", "a.json", "--cache", "own")
    #expect(try front("-o", "b.json", "--cache", "ray", "--ray", "local", "--jobs", "2") == own)
    #expect(try finishedTrials("ray").keys.sorted() == finishedTrials("own").keys.sorted())
    expectRefusal(
      try Command.espalier.run(
        words + ["--ray", "local", "--cache", "none"], in: scratch.path,
        environment: ["ESPALIER_PYTHON": "/nowhere/python3"]), 74, "no trials on Ray at local", "ESPALIER_PYTHON")
  }

  @Test func whatIsWrongIsSaid() throws {
    expectRefusal(try run(words + ["--cap", "1000"]), 2, "training the head alone takes", "give at least --cap")
    expectRefusal(try run(words + ["--mac-budget", "10"]), 2, "--mac-budget allows 10", "--mac-budget")
    for wrong in [["--score", "luck"], ["--points", "0"], ["--seeds", "1000"]] {
      let result = try run(words + wrong)
      #expect(result.status == 64 && result.errors.contains(wrong[0]))
    }
    expectRefusal(
      try run(words + ["--mode", "i8", "--calibration-data", "d.npz"]), 64, "in integers already", "espalier quantize")
    #expect(try run(words + ["--untrained", "-o", "f.json"]).status == 0)
    let compile = ["compile", "m.onnx", "--classes", "4", "--mode", "f32", "--policy"]
    expectRefusal(try run(compile + ["f.json#99"]), 64, "f.json has no point 99", "from #1 to #")
    expectRefusal(try run(compile + ["d.npz#1"]), 65, "is no result of a search")
    try scratch.write(
      "p.json", Array(#"{"policy":1,"default":"frozen","layers":[{"match":"stem","train":"bias"}]}"#.utf8))
    #expect(try run(words + ["--trial", "p.json"]).output.hasPrefix("p.json, 3 steps: accuracy "))
    let trial = try run(words + ["--trial", "p.json", "--json"])
    #expect(trial.json["schema"] as? Int == 1 && trial.json["accuracy"] is Double && trial.json["loss"] is Double)
    try scratch.write("cache", [])
    expectRefusal(try run(words + ["-o", "s.json", "--cache", "cache"]), 73, "cache cannot be written")
    #expect(!scratch.exists("s.json"))
  }

  /// `--` ends the options, also those that are added for trials; behind the last seed comes the first.
  @Test func modelsMayBeCalledLikeOptions() throws {
    try scratch.write("-m.onnx", scratch.read("m.onnx"))
    let words = ["search"] + words.dropFirst(2) + ["--points", "1", "--seed", "\(UInt64.max)", "--seeds", "2"]
    let result = try run(words + ["-o", "x.json", "--", "-m.onnx"])
    #expect(result.status == 0, "\(result.errors)")
    let front = try JSONDecoder().decode(SearchFront.self, from: Data(scratch.read("x.json")))
    #expect(front.points.allSatisfy { $0.accuracy != nil })
  }

  /// Trials of losses that compare numbers are worth something, too.
  @Test func trialsOfNumbersAreJudged() throws {
    try scratch.writeTargets("t.npz", outputs: 5)
    let words = ["search", "m.onnx", "--data", "t.npz", "--mode", "f32", "--loss", "mse", "--cap", "none"]
    let result = try run(words + ["--steps", "2", "--points", "1", "-o", "t.json"])
    #expect(result.status == 0, "\(result.errors)")
    let front = try JSONDecoder().decode(SearchFront.self, from: Data(scratch.read("t.json")))
    #expect(front.points.allSatisfy { $0.meanSquaredError ?? 0 > 0 })
  }
}
