import IR
import Operators

/// A forward value that waits in a file for the backward pass.
public struct PagedValue: Sendable {
  public let value: ValueID
  public let bytes: Int
}

extension TrainingGraph {
  /// Forward values that backward reads and that can be paged out, the largest first.
  public var pageable: [PagedValue] {
    savedForBackward.sorted()
      .filter { (try? PageOut(offset: 0).infer([graph.type($0)])) != nil }
      .map { PagedValue(value: $0, bytes: graph.type($0).bytes) }
      // What stands for a value takes memory, and a file moves whole blocks.
      .filter { $0.bytes >= 1024 }
      .sorted { ($0.bytes, $1.value) > ($1.bytes, $0.value) }
  }

  /// The step that writes these values to a file and reads each again where backward first wants it; and the bytes of the
  /// file.
  public func paging(_ values: [PagedValue]) throws(ShapeError) -> (step: TrainingGraph, fileBytes: Int) {
    let forward = Set(forwardOperations)
    var offsets: [ValueID: Int] = [:]
    var end = 0
    for value in values {
      offsets[value.value] = end
      end += (value.bytes + 15) / 16 * 16
    }
    var tickets: [ValueID: ValueID] = [:]
    var back: [ValueID: ValueID] = [:]
    var rewriter = Rewriter(graph)
    for id in graph.ids {
      if let node = graph.node(id), !forward.contains(id) {
        for operand in node.inputs.map(graph.content) where back[operand] == nil {
          guard let ticket = tickets[operand], let offset = offsets[operand] else { continue }
          back[operand] = try rewriter.graph.append(
            PageIn(graph.type(operand), offset: offset), ticket, name: graph[operand].name)
        }
        rewriter[id] = try rewriter.graph.append(
          node.op, node.inputs.map { (operand) throws(ShapeError) in try rewriter.read(operand, back) },
          name: graph[id].name)
      } else {
        try rewriter.copy(id)
      }
      if let offset = offsets[id] {
        tickets[id] = try rewriter.graph.append(
          PageOut(offset: offset), rewriter[id], name: graph[id].name + ".page")
      }
    }
    return (mapped(&rewriter), end)
  }
}

extension Rewriter {
  /// An operand of the backward pass: itself, or what was read back of it, under the shape it is read in.
  fileprivate mutating func read(_ operand: ValueID, _ back: [ValueID: ValueID]) throws(ShapeError) -> ValueID {
    if let value = back[operand] { return value }
    guard back[source.content(of: operand)] != nil, let view = source.node(operand) else { return self[operand] }
    let shown = try read(view.inputs[0], back)
    return try graph.append(view.op, [shown], name: source[operand].name)
  }
}
