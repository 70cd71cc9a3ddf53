import Differentiate
import Evaluate
import IR
import Operators
import Select
import Support
import Testing

struct OptimizerTests {
  private let full = UpdatePolicy(default: .full, layers: [])

  private func states(_ optimizer: Optimizer) throws -> (training: TrainingGraph, names: [String]) {
    let training = try residualNetwork().derived(full, optimizer: optimizer).training
    let graph = training.graph
    return (
      training, graph.ids.filter { graph.isVariable($0) }.map { graph[$0].name }.filter { $0.hasPrefix("state:") }
    )
  }

  @Test func plainDescentKeepsNoState() throws {
    let (training, names) = try states(Optimizer())
    #expect(names.isEmpty)
    #expect(training.parameters.allSatisfy { $0.consumer == $0.update })
  }

  @Test func stateIsOneTensorAWeight() throws {
    let (training, names) = try states(Optimizer(momentum: 0.9, accumulate: 4))
    let weights = training.parameters.map { training.graph[$0.value].name }
    #expect(names == weights.flatMap { ["state:sum:" + $0, "state:momentum:" + $0] })
    for parameter in training.parameters {
      #expect(training.graph.node(parameter.consumer)!.op is Accumulate)
      #expect(training.graph.node(parameter.consumer)!.inputs[1] == parameter.gradient)
    }
  }

  /// m ← μm + g/K + λw, w ← w − ηm, in double precision.
  @Test func momentumAndDecayFollowTheirFormulas() throws {
    let optimizer = Optimizer(momentum: 0.5, weightDecay: 0.25)
    let training = try residualNetwork().derived(full, optimizer: optimizer).training
    let graph = try training.graph.inDouble()
    var evaluator = Evaluator()
    evaluator.context.learningRate = 0.125
    let values = try evaluator.evaluate(graph, inputs: inputs(of: graph))
    for parameter in training.parameters {
      let weight = doubles(graph.constant(parameter.value)!.bytes())
      let gradient = doubles(values[parameter.gradient]!)
      for (index, updated) in doubles(values[parameter.update]!).enumerated() {
        let expected = weight[index] - 0.125 * (gradient[index] + 0.25 * weight[index])
        #expect(abs(updated - expected) < 1e-12)
      }
    }
  }
}
