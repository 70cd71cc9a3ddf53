import IR
import Operators

/// A single-entry, single-exit part of the graph, each operation of which can be computed in patches.
public struct PatchableBlocks: Sendable {
  /// What they compute from: the network's input, or a value that is there as a whole.
  public let start: ValueID
  /// What they compute for the rest of the graph.
  public let cut: ValueID
  /// Operations, the cut last; shared with all blocks from the same value on, so that thousands of them are no burden.
  public let operations: ArraySlice<ValueID>

  /// Blocks from a value on, the shortest first; from the network's input where none is named.
  public static func all(in graph: Graph, from start: ValueID? = nil) -> [PatchableBlocks] {
    guard let first = start ?? graph.picture else { return [] }
    var unread = [Int](repeating: 0, count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { unread[operand.index] += 1 } }
    let results = Set(graph.outputs.map(\.value))
    func isOpen(_ id: ValueID) -> Bool { unread[id.index] > 0 || results.contains(id) }
    var lengths: [Int] = []
    var operations: [ValueID] = []
    var isInside = [Bool](repeating: false, count: graph.values.count)
    isInside[first.index] = true
    // Values inside that something outside reads. The input is one too, so that it need not be there as a whole.
    var open = start == nil && isOpen(first) ? 1 : 0
    for node in graph.nodes where node.inputs.contains(where: { isInside[$0.index] }) {
      guard isPatchable(node, graph, isInside) else { break }
      for operand in node.inputs where isInside[operand.index] && (start == nil || operand != first) {
        unread[operand.index] -= 1
        if !isOpen(operand) { open -= 1 }
      }
      isInside[node.output.index] = true
      operations.append(node.output)
      if open == 0, !results.contains(node.output) { lengths.append(operations.count) }
      if isOpen(node.output) { open += 1 }
    }
    return lengths.map { length in
      PatchableBlocks(start: first, cut: operations[length - 1], operations: operations[..<length])
    }
  }

  private static func isPatchable(_ node: Node, _ graph: Graph, _ isInside: [Bool]) -> Bool {
    guard let op = node.op as? any PatchableOperator, graph.type(node.output).rank == 4,
      let neighbourhood = op.neighbourhood(node.inputs.map(graph.type))
    else { return false }
    let pictures = node.inputs.filter { isInside[$0.index] }
    // What else is read belongs to the layer: constants, variables that are updated after the last patch, and what is
    // computed of them.
    let others = node.inputs.filter { !isInside[$0.index] }
    guard others.allSatisfy(graph.isParameter) else { return false }
    switch neighbourhood {
    case .window: return pictures == [node.inputs[0]]
    case .pixel: return others.allSatisfy { graph.type($0).rank != 4 }
    }
  }
}

extension Graph {
  /// Whether a value depends on no input; one of a layer's own is not a picture.
  fileprivate func isParameter(_ id: ValueID) -> Bool {
    switch self[id].definition {
    case .input: false
    case .constant, .variable: true
    case .operation(_, let operands): type(id).rank != 4 && operands.allSatisfy(isParameter)
    }
  }

  /// The input, where there is one picture; labels are none.
  fileprivate var picture: ValueID? {
    let pictures = inputs.filter { type($0).rank == 4 }
    return pictures.count == 1 ? pictures.first : nil
  }
}
