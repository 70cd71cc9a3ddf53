import IR
import Operators
import Support
import Testing

@testable import Schedule

/// Bytes that are live beside an operation in every order, against all pairs of operations.
struct CrossingTests {
  @Test(arguments: [5, 70, 1_500])
  func blocksOfOperationsAreAllPairs(size: Int) throws {
    let graph = try Graph.random(size)
    let flow = try Dataflow(graph, results: graph.outputs.map(\.value))
    #expect(flow.crossing() == flow.crossingOfPairs())
  }
}

extension Graph {
  /// Sums of two earlier values, most of them near.
  fileprivate static func random(_ size: Int) throws -> Graph {
    var generator = SeededGenerator(seed: UInt64(size))
    var graph = Graph()
    var values = [graph.input("x", TensorType(4)), graph.input("y", TensorType(4))]
    for index in 0..<size {
      let near = max(0, values.count - 6)..<values.count
      let first = values[Int.random(in: near, using: &generator)]
      let far = index % 9 == 0 ? 0..<values.count : near
      values.append(try graph.append(Add(), first, values[Int.random(in: far, using: &generator)]))
    }
    graph.outputs = [("a", values.last!), ("b", values[values.count / 2])]
    return graph
  }
}

extension Dataflow {
  /// The same from the sets of ancestors and descendants of every operation.
  fileprivate func crossingOfPairs() -> [Int] {
    var behind = [Set<Int>](repeating: [], count: count)
    for number in (0..<count).reversed() {
      for later in successors[number] { behind[number].formUnion(behind[later].union([later])) }
    }
    return (0..<count).map { number in
      graph.ids.reduce(0) { sum, id in
        let isBehindProducer = producer[id.index].map { behind[$0].contains(number) } ?? true
        let isBeforeReader = isResult[id.index] || readers[id.index].contains { behind[number].contains($0) }
        let isOperand = operands[number].contains(id)
        return isBehindProducer && isBeforeReader && !isOperand ? sum + transientBytes(id) : sum
      }
    }
  }
}
