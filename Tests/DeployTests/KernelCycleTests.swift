import Foundation
import Support
import Testing

/// Cycles of the innermost loops of products, compiled as for runners, by the models of cores of llvm-mca (LLVM 14): whole
/// loops, from label to branch. They are exact, and recorded with 5 % to spare for another compiler.
@Suite struct KernelCycleTests {
  struct Core: CustomTestStringConvertible {
    let name: String
    /// Instructions that multiply, and products of each.
    let pattern: String
    let products: Int
    /// Multiplications of the loops of tiles, and products of each loop in a cycle, the best ones first: of weights with
    /// pixels, and of gradients with pixels.
    let rates: [Int: [Double]]
    var testDescription: String { name }
  }

  static let cores = [
    Core(name: "cortex-a53", pattern: "(smull|smlal)2?\\b", products: 8, rates: [32: [3.71, 3.71]]),
    Core(name: "cortex-a72", pattern: "(smull|smlal)2?\\b", products: 8, rates: [32: [7.95, 6.54]]),
    Core(name: "cortex-a55+dotprod", pattern: "sdot\\b", products: 16, rates: [64: [14.0], 16: [9.84]]),
  ]

  @Test(arguments: cores) func productsInACycle(core: Core) throws {
    let loops = try Self.loops(core)
    for (products, rates) in core.rates {
      let found = try loops.filter { $0.products == products }.map { loop in
        Double(100 * products * core.products) / Double(try Self.cycles(loop.body, core))
      }.sorted(by: >)
      try #require(found.count >= rates.count)
      for (rate, expected) in zip(found, rates) {
        #expect(rate > 0.95 * expected && rate < 1.05 * expected, "\(rate) products a cycle")
      }
    }
  }

  /// A loop that has no other in it: its instructions, and how many of them multiply.
  private struct Loop {
    let body: String
    let products: Int
  }

  private static func loops(_ core: Core) throws -> [Loop] {
    let scratch = try ScratchFolder()
    let kernels = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/CKernels")
      .standardized.path
    let built = try Command(path: "/usr/bin/env").run(
      [
        "clang", "--target=aarch64-none-elf", "-mcpu=\(core.name)", "-Os", "-ffp-contract=off", "-fno-math-errno", "-S",
        "-I", kernels + "/include", kernels + "/kernels_generic.c", "-o", "kernels.s",
      ], in: scratch.path)
    try #require(built.status == 0, "\(built.errors)")
    let lines = String(decoding: try scratch.read("kernels.s"), as: UTF8.self).split(separator: "\n").map(String.init)
    return try innermost(lines).map { body in
      let pattern = try Regex(core.pattern)
      return Loop(body: body.joined(separator: "\n"), products: body.count { $0.contains(pattern) })
    }
  }

  /// Instructions between a label and the branch back to it, without labels in between.
  private static func innermost(_ lines: [String]) -> [[String]] {
    var label = ""
    var body: [String] = []
    var found: [[String]] = []
    for line in lines {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let first = words.first, !first.hasPrefix("//") else { continue }
      if first.hasSuffix(":") {
        label = String(first.dropLast())
        body = []
      } else if !first.hasPrefix(".") {
        body.append(line)
        if words.count > 1, words.last.map(String.init) == label || words.contains(where: { $0 == label }) {
          found.append(body)
        }
      }
    }
    return found
  }

  /// Of a hundred rounds.
  private static func cycles(_ body: String, _ core: Core) throws -> Int {
    let scratch = try ScratchFolder()
    try scratch.write("loop.s", Array(body.utf8))
    let name = core.name.split(separator: "+")
    let told = try Command(path: "/usr/bin/env").run(
      ["llvm-mca", "-mtriple=aarch64-none-elf", "-mcpu=\(name[0])", "-mattr=+dotprod", "-iterations=100", "loop.s"],
      in: scratch.path)
    let line = told.output.split(separator: "\n").first { $0.hasPrefix("Total Cycles:") }
    return try #require(line.flatMap { Int($0.split(separator: " ").last ?? "") }, "\(told.errors)")
  }
}
