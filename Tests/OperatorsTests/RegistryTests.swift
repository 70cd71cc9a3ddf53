import Evaluate
import IR
import Operators
import Runtime
import Support
import Testing

/// One each; but normalizations with fixed statistics are one kernel, a weight's copy is a slice that takes all of it, state is paged as values are, and a gradient may be added to
/// a sum.
@Test func everyOpcodeHasOneOperator() {
  let opcodes = registry.values.compactMap { ($0 as? any KernelOperator.Type)?.opcode.rawValue }
  let again = [
    FixedBatchNorm.opcode, WeightCopy.opcode, StateIn.opcode, StateOut.opcode, .quantizedGradWeight,
    .quantizedDepthwiseGradWeight,
  ]
  #expect(opcodes.sorted() == (OpCode.allCases + again).map(\.rawValue).sorted())
}

@Test(arguments: registry.keys.sorted())
func attributesSurviveTheTextForm(name: String) throws {
  let type = registry[name]!
  #expect(!type.samples.isEmpty)
  for sample in type.samples {
    let attributes = sample.op.attributes
    #expect(try type.init(attributes: attributes).attributes == attributes)
  }
}

@Test(arguments: registry.keys.sorted())
func kernelsAcceptTheirSamples(name: String) throws {
  var generator = SeededGenerator(seed: 3)
  for sample in registry[name]!.samples {
    for types in [sample.inputs] + (sample.op is any IntegerOperator ? [] : [sample.inputs.map(\.inDouble)]) {
      let values = types.map { randomBytes($0, in: sample.range, &generator) }
      let output = try sample.op.infer(types)
      let result = try Evaluator().run(sample.op, types, values, output)
      #expect(result.count == output.bytes)
    }
  }
}

/// A kernel on floats gives what it gives on doubles, but for rounding.
@Test(arguments: registry.keys.sorted())
func floatsAgreeWithDoubles(name: String) throws {
  var generator = SeededGenerator(seed: 4)
  for sample in registry[name]!.samples where !(sample.op is any IntegerOperator) {
    let output = try sample.op.infer(sample.inputs)
    guard output.dtype == .f32 else { continue }
    let values = sample.inputs.map { randomBytes($0, in: sample.range, &generator) }
    let single = try Evaluator().run(sample.op, sample.inputs, values, output)
    let widened = zip(values, sample.inputs).map { value, type in
      type.dtype == .f32 ? bytes(elements(value, as: Float.self).map(Double.init)) : value
    }
    let double = try Evaluator().run(sample.op, sample.inputs.map(\.inDouble), widened, output.inDouble)
    for (a, b) in zip(elements(single, as: Float.self), elements(double, as: Double.self)) {
      #expect(abs(Double(a) - b) <= 1e-5 * max(1, abs(b)), "\(name) of \(sample.inputs)")
    }
  }
}

@Test(arguments: registry.keys.sorted())
func frozenOperandsAddNoNodes(name: String) throws {
  for sample in registry[name]!.samples {
    var graph = Graph()
    let operands = sample.inputs.enumerated().map { graph.input("x\($0.offset)", $0.element) }
    let y = try graph.append(sample.op, operands)
    let seed = graph.input("seed", graph.type(y))
    let count = graph.values.count
    let node = graph.node(y)!
    let frozen = sample.inputs.map { _ in false }
    do throws(ShapeError) {
      let gradients = try sample.op.gradient(&graph, of: node, outputGradient: seed, needsGradient: frozen)
      #expect(gradients.count == operands.count && gradients.allSatisfy { $0 == nil })
    } catch {
      #expect(error == .noGradient(name))
    }
    #expect(graph.values.count == count)
  }
}
