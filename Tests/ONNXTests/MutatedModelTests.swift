import Foundation
import SwiftProtobuf
import Testing

@testable import ONNX

/// Models that are whole messages with other numbers in them: each is read or refused, and none ends the process.
///
/// `ESPALIER_MUTATIONS` says how many, `ESPALIER_MUTATION_SEED` which.
@Suite struct MutatedModelTests {
  private func number(_ name: String, or value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
  }

  @Test func noNumberEndsTheProcess() throws {
    let seeds = MutationSeeds.all.map(\.proto)
    for seed in seeds { #expect(try isRead(seed.serializedBytes())) }
    var mutator = ModelMutator(seed: UInt64(number("ESPALIER_MUTATION_SEED", or: 1)))
    let count = number("ESPALIER_MUTATIONS", or: 300)
    var read = 0
    for round in 0..<count {
      var proto = seeds[round % seeds.count]
      mutator.change(&proto)
      if try isRead(proto.serializedBytes()) { read += 1 }
    }
    #expect(read > count / 50 && read < count)
  }

  /// Any node without its last operands, or without one of them.
  @Test func noMissingOperandEndsTheProcess() throws {
    var refused = 0
    for seed in MutationSeeds.all.map(\.proto) {
      for (position, node) in seed.graph.node.enumerated() {
        for operand in node.input.indices {
          var (short, gap) = (seed, seed)
          short.graph.node[position].input.removeSubrange(operand...)
          gap.graph.node[position].input[operand] = ""
          for proto in [short, gap] where try !isRead(proto.serializedBytes()) { refused += 1 }
        }
      }
    }
    #expect(refused > 100)
  }
}
