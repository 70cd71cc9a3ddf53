import IR
import Operators
import Select

/// A training step and the network that it leaves behind, over the same variables.
public struct JointGraphs: Sendable {
  public var training: TrainingGraph
  /// Input to logits with the present weights; BatchNorm uses running statistics here.
  public var inference: Graph
}

/// Derives the whole training step of a network: loss, gradients of what was promoted, updates.
///
/// Gradients are taken with the old weights: an update overwrites its weight, and the schedule lets nobody read the old
/// value after that.
/// - Parameters:
///   - graph: a network whose trained tensors are variables; its only output is "logits".
///   - promoted: those variables.
///   - spikeGuard: losses above this many times their running mean teach nothing; 0 lets all pass.
/// - Throws: `DifferentiateError`.
public func differentiate(
  _ graph: Graph, _ promoted: [TrainableVariable], loss: Loss, optimizer: Optimizer, spikeGuard: Double = 0
) throws(DifferentiateError) -> JointGraphs {
  guard !promoted.isEmpty, let logits = graph.output("logits") else { throw .nothingTrained }
  if let node = graph.normalizationOfSingleValues { throw .noVariance(node: node) }
  let inference: Graph
  var step: Graph
  do {
    inference = try graph.keepingStatistics()
    step = try inference.normalizingByBatch()
  } catch { throw .shape(node: "", error) }
  let values = try loss.append(to: &step, logits)
  let forwardCount = step.values.count

  var backward = Backward(step, trained: promoted.map(\.value))
  try backward.run(from: values.loss, guard: spikeGuard)
  step = backward.graph
  var parameters: [TrainedParameter] = []
  for promoted in promoted {
    guard let gradient = backward.gradient(of: promoted.value) else { throw .noPath(parameter: promoted.name) }
    let nodes = try optimizer.append(to: &step, promoted.value, gradient)
    parameters.append(
      TrainedParameter(
        name: promoted.name, mode: promoted.region == nil ? .full : .region, region: promoted.region,
        value: promoted.value, gradient: gradient, consumer: nodes.consumer, update: nodes.update))
  }
  do { try step.appendStatistics(of: inference) } catch { throw .shape(node: "", error) }

  step.outputs = [("loss", values.loss), ("logits", logits)]
  if let correct = values.correct { step.outputs.append(("correct", correct)) }
  let training = TrainingGraph(
    graph: step, forwardCount: forwardCount, logits: logits, loss: values.loss, parameters: parameters)
  return JointGraphs(training: training, inference: inference)
}
