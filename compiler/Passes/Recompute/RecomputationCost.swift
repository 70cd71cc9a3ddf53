import IR

/// What `recomputing` adds to a step in multiplications, found without making that step.
public struct RecomputationCost {
  private let inputs: [[Int]]
  private let macs: [Int]
  /// Value → what it is a view of, where that is a forward value that backward may recompute; -1 for all others.
  private let content: [Int]
  /// Forward values that are kept if nobody drops them.
  private let saved: Set<ValueID>
  private let results: Set<ValueID>
  /// What operations of the backward pass read.
  private let read: [Int]

  public init(_ training: TrainingGraph) {
    let graph = training.graph
    let operations = training.forwardOperations
    let forward = Set(operations)
    var inputs = [[Int]](repeating: [], count: graph.values.count)
    var macs = [Int](repeating: 0, count: graph.values.count)
    var read: Set<ValueID> = []
    for node in graph.nodes {
      let index = node.output.index
      inputs[index] = node.inputs.map(\.index)
      if forward.contains(node.output) {
        macs[index] = graph.macs(node)
      } else if case .view = node.op.sharing {
        continue
      } else {
        read.formUnion(node.inputs)
      }
    }
    self.inputs = inputs
    self.macs = macs
    content = graph.ids.map { id in
      let content = graph.content(of: id)
      return forward.contains(content) ? content.index : -1
    }
    saved = training.savedForBackward
    results = training.results
    self.read = read.map(\.index).sorted()
  }

  /// Multiplications that backward repeats where these values are not kept, but those are.
  public func extraMacs(_ dropped: Set<ValueID>, from checkpoints: Set<ValueID>) -> Int {
    var isKept = [Bool](repeating: false, count: inputs.count)
    for id in saved.subtracting(dropped).union(checkpoints).union(results) { isKept[id.index] = true }
    var isDone = [Bool](repeating: false, count: inputs.count)
    var stack = read
    var sum = 0
    while let value = stack.popLast() {
      guard !isDone[value], content[value] >= 0, !isKept[content[value]] else { continue }
      isDone[value] = true
      sum += macs[value]
      stack += inputs[value]
    }
    return sum
  }
}
