import Differentiate
import IR
import Passes
import Schedule
import Select
import Support
import Testing

/// The planned image computes what the naive run computes, bit for bit: graphs built to hurt the planner.
@Test(arguments: UInt64(0)..<200)
func randomStepsComputeWhatTheNaivePlanComputes(seed: UInt64) throws {
  let graph = try RandomStep.training(seed: seed, size: 10 + Int(seed % 5) * 12)
  try graph.verify()
  let predict = try RandomStep.prediction(seed: seed + 1, size: 15)
  let train = try schedule(graph, effort: seed % 4 == 0 ? .search : .rules)
  var twin = try Twin(train: train, predict: predict, window: 1 + Int(seed % 3))
  try twin.compare(runs: 6, seed: seed)
}

/// The same for steps that the compiler derives from random networks, policies, losses and optimizers.
@Test(arguments: UInt64(0)..<200)
func derivedStepsComputeWhatTheNaivePlanComputes(seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed)
  let step = try DerivedStep(seed: seed, &generator)
  let train = try schedule(step.training.graph, forwardCount: step.training.forwardCount)
  var twin = try Twin(train: train, predict: step.inference, window: step.window)
  try twin.compare(runs: 6, seed: seed)
}

/// The same for what recomputation and patches make of these, where they change anything.
@Test(arguments: UInt64(0)..<10)
func changedStepsComputeWhatTheNaivePlanComputes(block: UInt64) throws {
  var compared = 0
  for seed in block * 20..<(block + 1) * 20 {
    var generator = SeededGenerator(seed: seed)
    let step = try DerivedStep(seed: seed, &generator)
    let changed = try step.training.recomputingSome(&generator).patchingSome(&generator)
    try changed.verify()
    guard changed.graph.values.count != step.training.graph.values.count else { continue }
    let again = try schedule(changed.graph, forwardCount: changed.forwardCount)
    var other = try Twin(
      train: again, predict: step.inference, window: step.window, reference: step.training.graph)
    try other.compare(runs: 3, seed: seed)
    compared += 1
  }
  #expect(compared > 3)
}

private struct DerivedStep {
  let training: TrainingGraph
  let inference: Graph
  let window: Int
}

extension DerivedStep {
  fileprivate init(seed: UInt64, _ generator: inout SeededGenerator) throws {
    let network = try randomNetwork(seed: seed)
    let policy: UpdatePolicy =
      switch seed % 5 {
      case 0: try .preset("full", for: network)
      case 1: try .preset("bias", for: network)
      case 2: try .preset("last-2", for: network)
      case 3: try .preset("head", for: network)
      default: UpdatePolicy(default: .bias, layers: [.init(match: "*.weight", train: .region, ratio: 0.5)])
      }
    let (graph, promoted) = try network.promoting(policy.resolve(in: network))
    let window = 1 + Int(seed % 2)
    let optimizer = Optimizer(
      momentum: Bool.random(using: &generator) ? 0.9 : 0, weightDecay: Bool.random(using: &generator) ? 0.01 : 0,
      accumulate: window)
    let loss: Loss = Bool.random(using: &generator) ? .crossEntropy(labelSmoothing: 0.1) : .meanSquaredError
    let derived = try differentiate(graph, promoted, loss: loss, optimizer: optimizer)
    let training = try derived.training.maskingActivations()
    try training.verify()
    (self.training, inference, self.window) = (training, derived.inference, window)
  }
}

extension TrainingGraph {
  /// Recomputes random runs of segments from the values in front of them.
  fileprivate func recomputingSome(_ generator: inout SeededGenerator) throws -> TrainingGraph {
    let segments = ForwardSegments(self).segments
    var dropped: Set<ValueID> = []
    var checkpoints: Set<ValueID> = []
    for (index, segment) in segments.enumerated() {
      if index > 0, Int.random(in: 0..<3, using: &generator) == 0 { checkpoints.insert(segments[index - 1].cut) }
      if Int.random(in: 0..<4, using: &generator) > 0 { dropped.formUnion(segment.saved) }
    }
    return try recomputing(dropped.subtracting(checkpoints), from: checkpoints)
  }

  /// Computes the first layers in patches where the policy leaves them alone.
  fileprivate func patchingSome(_ generator: inout SeededGenerator) throws -> TrainingGraph {
    guard let blocks = PatchableBlocks.all(in: graph).randomElement(using: &generator) else { return self }
    return try patched(blocks, PatchGrid(rows: 2, columns: 2))?.step ?? self
  }
}
