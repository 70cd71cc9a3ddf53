import Differentiate
import Evaluate
import IR
import Operators
import Passes
import Select
import Support
import Testing

/// Largest difference between a parameter's gradient and central differences of the loss, relative to the largest.
private func error(of parameter: TrainedParameter, in training: TrainingGraph) throws -> Double {
  let graph = training.graph
  let given = inputs(of: graph)
  let computed = doubles(try Evaluator().evaluate(graph, inputs: given)[parameter.gradient]!)
  let constant = graph.constant(parameter.value)!
  var values = doubles(constant.bytes())
  func loss() throws -> Double {
    let bytes = values.withUnsafeBytes { [UInt8]($0) }
    let moved = try graph.setting(parameter.value, to: Constant(constant.type, bytes: bytes))
    return doubles(try Evaluator().evaluate(moved, inputs: given)[training.loss]!)[0]
  }
  let step = 1e-6
  var worst = 0.0
  var scale = 1e-6
  for element in stride(from: 0, to: values.count, by: max(1, values.count / 12)) {
    let value = values[element]
    values[element] = value + step
    let above = try loss()
    values[element] = value - step
    let below = try loss()
    values[element] = value
    let expected = (above - below) / (2 * step)
    worst = max(worst, abs(expected - computed[element]))
    scale = max(scale, abs(expected))
  }
  return worst / scale
}

extension TrainingGraph {
  fileprivate func inDouble() throws -> TrainingGraph {
    var result = self
    result.graph = try graph.inDouble()
    return result
  }
}

struct WholeNetworkTests {
  private static let region = UpdatePolicy(layers: [
    .init(match: "block.*", train: .region, ratio: 0.5), .init(match: "stem.weight", train: .bias),
  ])

  private static let rows = UpdatePolicy(layers: [
    .init(match: "block.expand*", train: .region, rows: [1, 3]),
    .init(match: "classifier*", train: .region, rows: [0, 2], ratio: 0.5),
  ])

  @Test(arguments: [
    UpdatePolicy(default: .full, layers: []), UpdatePolicy(default: .bias, layers: []), Self.region, Self.rows,
  ])
  func gradientsEqualCentralDifferences(policy: UpdatePolicy) throws {
    let training = try residualNetwork().derived(policy).training.inDouble()
    try training.verify()
    #expect(!training.parameters.isEmpty)
    for parameter in training.parameters {
      #expect(try error(of: parameter, in: training) < 1e-6, "\(parameter.name)")
    }
  }

  @Test func branchesBesideBlocksTrainToo() throws {
    let training = try branchedNetwork().derived(.init(default: .full, layers: [])).training.inDouble()
    #expect(training.parameters.map(\.name).contains("branch.conv.weight"))
    for parameter in training.parameters {
      #expect(try error(of: parameter, in: training) < 1e-6, "\(parameter.name)")
    }
  }

  @Test func meanSquaredErrorTrainsToo() throws {
    let training = try residualNetwork().derived(.init(default: .full, layers: []), loss: .meanSquaredError).training
    for parameter in try training.inDouble().parameters {
      #expect(try error(of: parameter, in: training.inDouble()) < 1e-6, "\(parameter.name)")
    }
  }

  /// Two wrong gradients: the residual's branch dropped, and one activation's gradient left out.
  @Test func plantedErrorsAreSeen() throws {
    let right = try residualNetwork().derived(.init(default: .full, layers: [])).training
    for wrong in [try right.droppingSums(), try right.skippingMasks()] {
      let errors = try wrong.inDouble().parameters.map { try error(of: $0, in: wrong.inDouble()) }
      #expect(errors.max()! > 1e-2)
    }
  }
}

extension TrainingGraph {
  /// Backward as if every value had one user.
  fileprivate func droppingSums() throws -> TrainingGraph {
    try replacing { node, rewriter in
      node.op is Add && node.output.index >= forwardCount ? rewriter[node.inputs[0]] : nil
    }
  }

  /// Backward as if clipping had a slope of one everywhere.
  fileprivate func skippingMasks() throws -> TrainingGraph {
    try replacing { node, rewriter in node.op is ClipGrad ? rewriter[node.inputs[0]] : nil }
  }

  private func replacing(_ other: (Node, Rewriter) -> ValueID?) throws -> TrainingGraph {
    var rewriter = Rewriter(graph)
    for id in graph.ids {
      if let node = graph.node(id), let value = other(node, rewriter) {
        rewriter[id] = value
      } else {
        try rewriter.copy(id)
      }
    }
    var result = self
    result.graph = rewriter.finish()
    result.loss = rewriter[loss]
    for index in parameters.indices {
      result.parameters[index].value = rewriter[parameters[index].value]
      result.parameters[index].gradient = rewriter[parameters[index].gradient]
    }
    return result
  }
}
