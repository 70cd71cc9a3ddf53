import Differentiate
import IR
import Operators
import Passes
import Select
import Support
import Testing

struct PruningTests {
  private func training(_ policy: UpdatePolicy) throws -> TrainingGraph {
    try residualNetwork().derived(policy).training.maskingActivations()
  }

  /// What backward nodes read of the forward pass: constants and variables apart.
  private func saved(_ training: TrainingGraph) -> [TensorType] {
    let graph = training.graph
    var read: Set<ValueID> = []
    for node in graph.nodes where node.output.index >= training.forwardCount {
      for operand in node.inputs.map(graph.content(of:)) {
        let isEncoding = graph.node(operand)?.op.timing == .encodesForBackward
        let isForward = operand.index < training.forwardCount && graph.node(operand) != nil
        if isEncoding || isForward && node.op.timing != .encodesForBackward { read.insert(operand) }
      }
    }
    return read.sorted().map(graph.type)
  }

  @Test func biasesKeepMasksAndWhatSiluNeeds() throws {
    let policy = UpdatePolicy(default: .bias, layers: [])
    let kept = saved(try training(policy))
    // SiLU reads its argument; that is the only float activation but for the logits.
    let floats = kept.filter { $0.dtype == .f32 }
    #expect(floats.map(\.shape) == [[2, 3, 3, 4], [2, 1, 1, 3]])
    #expect(kept.filter { $0.dtype == .bit }.map(\.shape) == [[2, 3, 3, 8], [2, 3, 3, 8], [2, 3, 3, 4]])
  }

  @Test func headKeepsItsInputOnly() throws {
    let step = try training(UpdatePolicy(layers: [.init(match: "classifier.weight", train: .full)]))
    #expect(saved(step).filter { $0.dtype == .bit }.isEmpty)
    #expect(saved(step).map(\.count).sorted() == [2 * 3, 2 * 4])
    #expect(!step.graph.nodes.contains { $0.op is ConvGradInput })
  }

  /// A clipped activation that dW reads anyway serves as its own mask.
  @Test func noMaskBesideAKeptActivation() throws {
    let step = try training(UpdatePolicy(default: .full, layers: []))
    #expect(!step.graph.nodes.contains { $0.op is BitMask })
    #expect(step.graph.nodes.count { $0.op is ClipGrad } == 3)
  }

  @Test func frozenNetworksAreRefused() throws {
    #expect(throws: DifferentiateError.nothingTrained) {
      _ = try differentiate(residualNetwork(), [], loss: .crossEntropy(labelSmoothing: 0), optimizer: Optimizer())
    }
  }

  @Test func lossesNeedTheirShapes() throws {
    var graph = try residualNetwork()
    let map = graph.nodes.first { $0.op is Conv }!.output
    graph.outputs = [("logits", map)]
    #expect(throws: DifferentiateError.lossNeeds(shape: "[batch, classes]", found: graph.type(map))) {
      _ = try graph.derived(UpdatePolicy(layers: [.init(match: "stem.weight", train: .full)]))
    }
  }
}
