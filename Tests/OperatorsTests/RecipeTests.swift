import Evaluate
import Foundation
import Support
import Testing

@testable import Operators
@testable import Runtime

/// What `compiler/README.md` says of a new activation function: five files, the rest follows.
struct RecipeTests {
  private let root = URL(filePath: #filePath).appending(path: "../../..").standardized.path

  private func text(_ file: String) throws -> String { try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8) }

  /// The sources that mention a word, but for pages and what tools write.
  private func files(naming word: String) throws -> Set<String> {
    var found: Set<String> = []
    for folder in ["Sources", "compiler"] {
      let files = try #require(FileManager.default.enumerator(atPath: "\(root)/\(folder)"))
      for case let file as String in files
      where file.hasSuffix(".swift") || file.hasSuffix(".c") || file.hasSuffix(".h") {
        guard !file.hasSuffix(".pb.swift"), !file.hasPrefix("RuntimeBoard") else { continue }
        if try text("\(folder)/\(file)").lowercased().contains(word) { found.insert("\(folder)/\(file)") }
      }
    }
    return found
  }

  /// Files of the recipe beside that of the operator itself.
  private let shared: Set<String> = [
    "Sources/Runtime/Kernels/OpCode.swift", "Sources/Runtime/Kernels/Activations.swift",
    "compiler/Operators/Registry.swift", "compiler/ONNX/Import/RuleRegistry.swift",
  ]

  @Test func mishIsInFiveFiles() throws {
    #expect(try files(naming: "mish") == shared.union(["compiler/Operators/Mish.swift"]))
  }

  /// And in that of Mish, which knows itself by its parts.
  @Test func softplusIsInFiveFiles() throws {
    let own: Set = ["compiler/Operators/Softplus.swift", "compiler/Operators/Mish.swift"]
    #expect(try files(naming: "softplus") == shared.union(own))
  }

  /// A file is found by its name, in messages of the compiler as well.
  @Test func noTwoFilesBearOneName() throws {
    var paths: [String: [String]] = [:]
    for folder in ["Sources", "compiler"] {
      let files = try #require(FileManager.default.enumerator(atPath: "\(root)/\(folder)"))
      for case let file as String in files where file.hasSuffix(".swift") && !file.hasPrefix("RuntimeBoard") {
        paths[URL(filePath: file).lastPathComponent, default: []].append("\(folder)/\(file)")
      }
    }
    #expect(paths.count > 500 && paths.values.filter { $0.count > 1 } == [])
  }

  /// FORMAT.md has a line for each; `ESPALIER_RECORD=1` writes them anew, and fails.
  @Test func theFormatPageHasEveryActivation() throws {
    let activations = registry.values.compactMap { $0 as? any ActivationOperator.Type }
    let lines = activations.sorted { $0.opcode.rawValue < $1.opcode.rawValue }.map { type in
      "| `\(type.opcode.rawValue)` | \(type.name) | \(type.formula) |\n"
    }
    let path = "Sources/Runtime/Image/FORMAT.md"
    let page = try text(path)
    let head = try #require(page.range(of: "| code | name | computes |\n|---|---|---|\n"))
    let wanted = page[..<head.upperBound] + lines.joined()
    if ProcessInfo.processInfo.environment["ESPALIER_RECORD"] != nil {
      try wanted.write(toFile: "\(root)/\(path)", atomically: true, encoding: .utf8)
      Issue.record("\(path) was written anew")
    }
    #expect(page == wanted, "ESPALIER_RECORD=1 writes \(path) anew")
  }

  /// Every opcode with the form of an activation has a kernel: it writes each element of its output.
  @Test func everyActivationHasAKernel() throws {
    let activations = registry.values.compactMap { $0 as? any ActivationOperator.Type }
    for type in activations {
      let sample = type.samples[0]
      let values = sample.inputs.map { _ in bytes((0..<sample.inputs[0].count).map { 0.25 + Float($0) / 64 }) }
      let output = try Evaluator().run(sample.op, sample.inputs, values, sample.inputs[0])
      // What nobody wrote is 0xA5 throughout.
      #expect(!elements(output, as: UInt32.self).contains(0xA5A5_A5A5), "\(type.name) has no kernel")
    }
    let tensors = OpCode.allCases.filter { $0.activationTensors != nil }
    #expect(Set(tensors) == Set(activations.map { $0.opcode }))
  }
}
