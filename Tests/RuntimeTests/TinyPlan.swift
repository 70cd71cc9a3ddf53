import IR
import Operators
import Runtime

@testable import Emit

/// A plan made by hand over the two simplest kernels: y = relu(x), z = relu_grad(c, y), and a "loss" that is y[0].
///
/// The variable `v` is not read; the third row overwrites it in the last micro-step only.
enum TinyPlan {
  static let initial: [Float] = [1, -2, 3, -4, 5, -6]
  static let gradient: [Float] = [10, 20, 30, 40, 50, 60]

  static func contents(window: Int = 2) -> ImageContents {
    var plan = ImageContents()
    let type = TensorType(2, 3)
    do {
      _ = try plan.constants.add("c", Constant(type, floats: gradient))
      let start = try plan.constants.add("v", Constant(type, floats: initial))
      plan.variables = [.init(name: "v", tensor: 3, initial: start)]
    } catch { fatalError("names are unique") }
    plan.train.tensors = [
      TensorRow(section: .arena, type: .f32, count: 6, offset: 64),  // x
      TensorRow(section: .arena, type: .f32, count: 6, offset: 128),  // y
      TensorRow(section: .constants, type: .f32, count: 6, offset: 0),  // c
      TensorRow(section: .arena, type: .f32, count: 6, offset: 0),  // v
      TensorRow(section: .arena, type: .i32, count: 2, offset: 192),  // labels
    ]
    plan.train.words =
      rowWords(Relu(), operands: [1, 0], types: [type], output: type)
      + rowWords(ReluGrad(), operands: [3, 2, 1], types: [type, type], output: type, onlyInLastMicroStep: true)
    plan.train.rows = 2
    plan.train.labels = 4
    plan.train.loss = 1
    plan.train.logits = 1
    plan.predict.tensors = Array(plan.train.tensors[0..<2])
    plan.predict.words = rowWords(Relu(), operands: [1, 0], types: [type], output: type)
    plan.predict.rows = 1
    plan.predict.logits = 1
    plan.arenaBytes = 256
    plan.persistentBytes = 64
    plan.learningRates = [0.5, 0.25]
    plan.plannedUpdates = 2
    plan.metadata = Array("{}".utf8)
    plan.batch = 2
    plan.window = window
    plan.classes = 3
    plan.input = PlanArray(SampleAxes(arena: [2, 3]))
    return plan
  }
}
