import Driver
import Support
import Testing

@testable import Espalier

struct GradientTests {
  private let training: SmallTraining
  init() throws { training = try SmallTraining() }

  private func gradients(
    _ policy: PolicySource = .full, _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> Gradients { try Trainer(training.plan(policy, change)).gradients(training.samples) }

  /// One step of plain descent moves every weight by the rate times its gradient.
  @Test func stepsFollowTheGradients() throws {
    let plan = try training.plan()
    let trainer = try Trainer(plan)
    let gradients = try trainer.gradients(training.samples)
    #expect(trainer.step == 0 && gradients.loss > 0 && gradients.logits.count == 12)
    let before = try trainer.variables()
    var options = TrainingOptions()
    options.extent = .steps(1)
    options.shuffles = false
    var run = try trainer.run(on: training.samples, options)
    #expect(try run.next()?.loss == gradients.loss)
    for (parameter, gradient) in zip(plan.metadata.parameters, gradients.tensors) {
      let (old, new) = (before[parameter.variable], try trainer.variables()[parameter.variable])
      guard case .floats(let old) = old, case .floats(let new) = new else {
        Issue.record("\(parameter.variable) is not in float")
        continue
      }
      let step = zip(old, new).map { $0 - $1 }
      let moved = try #require(parameter.inFile(step))
      #expect(gradient.shape == parameter.shape && gradient.name == parameter.name)
      for (a, b) in zip(moved, gradient.values) { #expect(abs(a - 0.02 * b) < 1e-6) }
      #expect(gradient.values.contains { $0 != 0 })
    }
  }

  @Test func theyDoNotDependOnTheOptimizer() throws {
    let plain = try gradients()
    for accumulate in [1, 3] {
      let other = try gradients {
        $0.optimizer = .momentum
        $0.accumulate = accumulate
        $0.weightDecay = 0.1
      }
      #expect(other.loss == plain.loss && other.logits == plain.logits)
      #expect(other.tensors.map(\.name) == plain.tensors.map(\.name))
      #expect(other.tensors.map(\.values) == plain.tensors.map(\.values))
    }
  }

  @Test func outsideARegionTheyAreZero() throws {
    let full = try gradients()
    let part = try gradients(SmallTraining.regionPolicy)
    #expect(part.tensors.map(\.name).sorted() == ["dw_bias", "pw"])
    let weight = try #require(part.tensors.first { $0.name == "pw" })
    let whole = try #require(full.tensors.first { $0.name == "pw" })
    #expect(weight.shape == [6, 4, 1, 1])
    for index in 0..<24 {
      let expected = (1..<3).contains(index % 4) ? whole.values[index] : 0
      #expect(abs(weight.values[index] - expected) < 1e-6)
    }
  }

  @Test func theyArriveWhenNormalizationIsTrained() throws {
    let tensors = try gradients { $0.keepBatchNorm = true }.tensors
    for name in ["stem", "b.gamma", "b.beta", "pw", "g.gamma"] {
      #expect(tensors.first { $0.name == name }?.values.contains { $0 != 0 } == true, "\(name)")
    }
  }
}
