import Foundation
import Support
import Testing

/// Sessions of the C library give back every descriptor and mapping, however they end.
struct CLifetimeTests {
  private let library: CLibrary
  private let scratch: ScratchFolder

  init() throws {
    library = try CLibrary.shared.get()
    scratch = try ScratchFolder()
  }

  /// A plan whose momentums and sums wait in a file, as the smallest cap asks for.
  private func writePagedPlan() throws {
    try scratch.writeModel("m.onnx", SmallModels.heavy())
    let words = [
      "compile", "m.onnx", "-o", "p.plan", "--mode", "f32", "--classes", "3", "--batch", "4", "--optimizer", "momentum",
      "--accumulate", "2", "--json", "--recompute", "none", "--codec", "none", "--patch", "none",
    ]
    let refused = try Command.espalier.run(words + ["--cap", "1000"], in: scratch.path)
    let needed = try #require(refused.errors.firstMatch(of: /needs ([0-9,]+) bytes/)?.1).filter { $0 != "," }
    let compiled = try Command.espalier.run(words + ["--cap", needed], in: scratch.path)
    let paging = try #require(compiled.json["paging"] as? [String: Any], "\(compiled.errors)")
    try #require(paging["state_bytes"] as? Int ?? 0 > 0)
  }

  @Test func nothingIsLeftBehind() throws {
    try writePagedPlan()
    var damaged = try scratch.read("p.plan")
    damaged[damaged.count / 2] ^= 1
    try scratch.write("damaged.plan", damaged)
    let source = URL(filePath: #filePath).appending(path: "../../../Faults/lifetime.c").standardized.path
    try library.compile(source, to: "lifetime", [library.archive])
    let result = try Command(path: library.folder + "/lifetime").run(["p.plan", "damaged.plan"], in: scratch.path)
    try #require(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let counts = lines.map { $0.dropFirst().compactMap { Int($0) } }
    try #require(lines.map { $0[0] } == ["before", "before", "open", "started", "started", "started", "after"])
    let before = counts[1]
    // The plan is mapped while it is open, and its pages have a file once it is started: this sees what it counts.
    #expect(counts[2] == [before[0], before[1] + 1], "\(result.output)")
    for started in counts[3...5] { #expect(started == [before[0] + 1, before[1] + 1], "\(result.output)") }
    #expect(counts[6] == before, "\(result.output)")
  }
}
