import IR
import Memory

/// Lower bounds of the arena's bytes; each holds for fewer changes than the one before.
public struct LowerBounds: Hashable, Sendable {
  /// For the order at hand: the most bytes live in one step.
  public let schedule: Int
  /// For every order of the operations.
  public let order: Int
  /// Whatever is recomputed, split or paged: operands, output and scratch of one operation, and the variables.
  public let `operator`: Int
}

extension Schedule {
  /// The bounds of the arena for this program alone; `control` are the bytes of interpreter state.
  public func lowerBounds(control: Int = 0) throws(ScheduleError) -> LowerBounds {
    let flow = try Dataflow(graph, results: results)
    let pinned = persistentBytes + aligned(control, to: arenaAlignment)
    let alone = (0..<flow.count).map { flow.ownBytes(of: $0) }.max() ?? 0
    let order = flow.orderBound()
    // Without operations inputs and results still need their place.
    return LowerBounds(schedule: pinned + peakBytes, order: pinned + order, operator: pinned + alone)
  }
}

extension Dataflow {
  /// Transient bytes that every order needs.
  func orderBound() -> Int {
    let crossing = crossing()
    return (0..<count).map { ownBytes(of: $0) + crossing[$0] }.max() ?? 0
  }

  /// Bytes of a value in the transient section.
  func transientBytes(_ id: ValueID) -> Int {
    isPersistent[id.index] ? 0 : aligned(graph.type(id).bytes, to: arenaAlignment)
  }

  /// Operands, output and scratch of one operation; the output is free where it may lie over an operand.
  func ownBytes(of number: Int) -> Int {
    let node = node(number)
    let inputs = operands[number].reduce(0) { $0 + transientBytes($1) }
    let scratch = node.op.scratchBytes(node.inputs.map(graph.type), graph.type(node.output))
    var output = transientBytes(node.output)
    if overwritten[number] != nil { output = 0 }
    if case .mayReuse(let positions) = node.op.sharing {
      let bytes = graph.type(node.output).bytes
      let reuses = positions.contains { position in
        let value = graph.content(of: node.inputs[position])
        return !graph.isConstant(value) && !isPersistent[value.index] && graph.type(value).bytes == bytes
      }
      if reuses { output = 0 }
    }
    return inputs + output + aligned(scratch, to: arenaAlignment)
  }
}
