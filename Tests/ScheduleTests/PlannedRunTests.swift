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
@Test(arguments: UInt64(0)..<60)
func derivedStepsComputeWhatTheNaivePlanComputes(seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed)
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
  let train = try schedule(training.graph, forwardCount: training.forwardCount)
  var twin = try Twin(train: train, predict: derived.inference, window: window)
  try twin.compare(runs: 6, seed: seed)
}
