import Differentiate
import Evaluate
import IR
import Operators
import Passes
import Select
import Support
import Trace

/// A small network with what makes backward passes go wrong: a residual, a fork, a mask, a region, a broadcast.
func residualNetwork(batch: Int = 2) throws -> Graph {
  try trace([batch, 6, 6, 3], seed: 5) { x in
    let stem = x.conv("stem", outputs: 4, kernel: 3, stride: 2, padding: 1).relu6()
    let block = stem.scope("block") { x in
      let deep = x.conv("expand", outputs: 8, kernel: 1).relu6().depthwiseConv("depthwise", kernel: 3, padding: 1)
      return deep.relu6().conv("project", outputs: 4, kernel: 1) + x
    }
    return (block + block.swish()).globalAverage().dense("classifier", outputs: 3)
  }
}

/// A block with a branch beside it, of half as many pixels and one over: mean, groups, ReLU, repetition, cut.
func branchedNetwork(batch: Int = 2) throws -> Graph {
  try trace([batch, 7, 7, 4], seed: 3) { x in
    let block = x.depthwiseConv("depthwise", kernel: 3, padding: 1).relu6().conv("project", outputs: 6, kernel: 1)
    let windows = Pooling(kernel: [2, 2], Sliding(strides: [2, 2], pads: [0, 0, 1, 1]))
    let inner = x.applying(AveragePool(windows, countsPadding: true))
    let hidden = inner.conv("branch.conv", outputs: 4, kernel: 5, padding: 2, groups: 2).relu()
    let result = hidden.conv("branch.point", outputs: 6, kernel: 1).reshaped([batch, 4, 1, 4, 1, 6])
    let grown = result.applying(Expand(shape: [batch, 4, 2, 4, 2, 6])).reshaped([batch, 8, 8, 6])
    let cut = grown.applying(Slice(starts: [0, 0, 0, 0], sizes: [batch, 7, 7, 6]))
    return (block + cut).relu6().globalAverage().dense("classifier", outputs: 3)
  }
}

extension Graph {
  /// The training step of a policy, before the passes.
  func derived(
    _ policy: UpdatePolicy, loss: Loss = .crossEntropy(labelSmoothing: 0.1), optimizer: Optimizer = Optimizer()
  ) throws -> JointGraphs {
    let (graph, promoted) = try promoting(policy.resolve(in: self))
    return try differentiate(graph, promoted, loss: loss, optimizer: optimizer)
  }
}

/// Bytes for every input of a graph: seeded pictures, labels 0, 1, 2, ...
func inputs(of graph: Graph, seed: UInt64 = 9) -> [ValueID: [UInt8]] {
  var generator = SeededGenerator(seed: seed)
  var result: [ValueID: [UInt8]] = [:]
  for id in graph.ids {
    guard case .input = graph[id].definition else { continue }
    let type = graph.type(id)
    switch type.dtype {
    case .i32: result[id] = (0..<type.count).map { Int32($0 % 3) }.withUnsafeBytes { [UInt8]($0) }
    case .f64:
      result[id] = (0..<type.count).map { _ in Double(generator.uniform(1)) }.withUnsafeBytes { [UInt8]($0) }
    default: result[id] = (0..<type.count).map { _ in generator.uniform(1) }.withUnsafeBytes { [UInt8]($0) }
    }
  }
  return result
}
