import Foundation
import IR
import Testing

/// Every pass by an example: a small graph before and after it, as text.
///
/// The files in `Texts` are read as documentation. `ESPALIER_RECORD=1` writes them anew, and fails.
struct PassTextTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Texts").path

  @Test(arguments: PassExample.all) func aPassMakesWhatItsTextSays(example: PassExample) throws {
    let (before, after) = try example.graphs()
    try before.verify()
    try after.verify()
    #expect(before.text() != after.text(), "the example shows nothing")
    let text = "# \(example.about)\n\n## before\n\(before.text())\n## after\n\(after.text())"
    let path = "\(Self.folder)/\(example.name).txt"
    if ProcessInfo.processInfo.environment["ESPALIER_RECORD"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      Issue.record("recorded \(path)")
    } else {
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "ESPALIER_RECORD=1 writes \(path) anew")
    }
  }

  /// Each has an example: a file of `compiler/Passes` that adds a function to graphs names a pass of the list.
  @Test func noPassIsWithoutAnExample() throws {
    let passes = URL(filePath: Self.folder).appending(path: "../../../compiler/Passes").standardized
    let files = try #require(FileManager.default.enumerator(atPath: passes.path)).compactMap { $0 as? String }
    // A pass gives back a graph, or a step; what only looks is none.
    let pass = /\n  public func (\w+)\([^{]*->\s*\(?(?:graph: |step: )?(?:Graph|TrainingGraph|PagedStep)\b/
    var found: Set<String> = []
    for file in files where file.hasSuffix(".swift") {
      let text = try String(contentsOf: passes.appending(path: file), encoding: .utf8)
      found.formUnion(text.matches(of: pass).map { String($0.output.1) })
    }
    #expect(found.count > 10)
    let shown = Set(PassExample.all.map(\.function))
    #expect(found.subtracting(shown).isEmpty, "without an example: \(found.subtracting(shown).sorted())")
    let texts = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(Set(texts) == Set(PassExample.all.map { $0.name + ".txt" }))
  }
}

/// A pass, and a graph on which it shows what it does.
struct PassExample: Sendable, CustomTestStringConvertible {
  /// Name of the file.
  let name: String
  /// The function of the pass.
  let function: String
  let about: String
  let graphs: @Sendable () throws -> (before: Graph, after: Graph)

  init(
    _ function: String, _ name: String?, _ about: String,
    _ graphs: @escaping @Sendable () throws -> (before: Graph, after: Graph)
  ) {
    self.name = name ?? function
    self.function = function
    self.about = about
    self.graphs = graphs
  }

  /// A pass over a network.
  static func network(
    _ function: String, _ about: String, _ network: @escaping @Sendable () throws -> Graph,
    _ pass: @escaping @Sendable (Graph) throws -> Graph
  ) -> PassExample {
    PassExample(function, nil, about) {
      let before = try network()
      return (before, try pass(before))
    }
  }

  /// A pass over a training step.
  static func step(
    _ function: String, _ name: String? = nil, about: String, _ step: @escaping @Sendable () throws -> TrainingGraph,
    _ pass: @escaping @Sendable (TrainingGraph) throws -> TrainingGraph
  ) -> PassExample {
    PassExample(function, name, about) {
      let before = try step()
      try before.verify()
      let after = try pass(before)
      try after.verify()
      return (before.graph, after.graph)
    }
  }

  var testDescription: String { name }
}
