import Evaluate
import Foundation
import IR
import Operators

/// Runs a network of one input over batches, value by value; a value is gone after its last reader.
struct Runner {
  let graph: Graph
  private let evaluator = Evaluator()
  /// What does not depend on the input.
  private var known: [ValueID: [UInt8]] = [:]
  private var lastReader: [ValueID: ValueID] = [:]

  /// - Throws: `EvaluationError`.
  init(_ graph: Graph) throws(EvaluationError) {
    self.graph = graph
    for id in graph.ids {
      switch graph[id].definition {
      case .input: break
      case .constant(let c), .variable(let c): known[id] = c.bytes()
      case .operation(let op, let operands):
        for operand in operands { lastReader[operand] = id }
        let values = operands.compactMap { known[$0] }
        guard values.count == operands.count else { continue }
        known[id] = try evaluator.run(op, operands.map(graph.type), values, graph.type(id))
      }
    }
  }

  /// Computes every value for all batches, at the same time, before the next one, and hands over those that are watched;
  /// what `visit` makes of them is what their readers see.
  ///
  /// - Throws: what `visit` throws, `EvaluationError`.
  func run(
    _ batches: some Collection<[UInt8]>, watching watched: Set<ValueID>,
    _ visit: (ValueID, inout [[UInt8]]) throws -> Void
  )
    throws
  {
    var values: [ValueID: [[UInt8]]] = [:]
    for id in graph.ids where known[id] == nil {
      var results: [[UInt8]]
      var operands: [ValueID] = []
      if let node = graph.node(id) {
        operands = node.inputs
        results = try concurrently(batches.count) { batch throws(EvaluationError) in
          let inputs = node.inputs.map { known[$0] ?? values[$0]![batch] }
          return try evaluator.run(node.op, node.inputs.map(graph.type), inputs, graph.type(id))
        }
      } else {
        results = Array(batches)
      }
      if watched.contains(id) { try visit(id, &results) }
      values[id] = results
      for operand in operands where lastReader[operand] == id { values[operand] = nil }
      if lastReader[id] == nil { values[id] = nil }
    }
  }

  /// Channels of a value: its last axis.
  func channels(_ id: ValueID) -> Int { graph.type(id).shape.last ?? 1 }
}

extension [[UInt8]] {
  /// Batches that are run at the same time: one a processor, as far as their values fit in memory together.
  func groups(inMemory most: Int) -> [ArraySlice<[UInt8]>] {
    let size = Swift.max(1, Swift.min(ProcessInfo.processInfo.activeProcessorCount, most))
    return stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

extension [UInt8] {
  /// The bytes as floats.
  func withFloats<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try withUnsafeBytes { try body($0.bindMemory(to: Float.self)) }
  }
}
