import Emit
import Evaluate
import IR
import Operators
import Schedule
import Support
import Testing

@testable import Runtime

struct EmitTests {
  private let type = TensorType(2, 3)
  private let constant: [Float] = [10, 20, 30, 40, 50, 60]

  /// y = relu(x); the train program goes on with z = relu_grad(c, y) and calls it its loss.
  private func graph(trains: Bool) throws -> Graph {
    var graph = Graph()
    let x = graph.input("x", type)
    let y = try graph.append(Relu(), x)
    graph.outputs = [("logits", y)]
    guard trains else { return graph }
    let c = graph.constant("c", Constant(type, floats: constant))
    graph.variable("unread", Constant(type, floats: [1, 2, 3, 4, 5, 6]))
    graph.variable("zeros", Constant(type, floats: [0, 0, 0, 0, 0, 0]))
    let z = try graph.append(ReluGrad(), c, y)
    graph.outputs.append(("loss", z))
    return graph
  }

  private func contents() throws -> ImageContents {
    let train = try schedule(graph(trains: true))
    let predict = try schedule(graph(trains: false))
    var contents = try ImageContents(train: train, predict: predict, arena: place([train, predict]))
    contents.target = PlanArray(SampleAxes(arena: [2, 3]))
    return contents
  }

  @Test func sameGraphsGiveSameBytes() throws {
    #expect(try contents().bytes() == contents().bytes())
    #expect(try contents().opcodes == ["relu", "relu_grad"])
  }

  @Test func sessionComputesWhatTheEvaluatorComputes() throws {
    let plan = try contents()
    #expect(plan.constants.entries.count == 2)  // "zeros" needs none
    let memory = AlignedBytes(plan.bytes())
    var session = try Session(Image(memory.bytes))
    let x: [Float] = [1, -2, 3, -4, 5, -6]
    for (index, value) in x.enumerated() {
      session.batch(.train).input[index] = value
    }
    let report = session.runStep()

    let graph = try graph(trains: true)
    let inputs = [ValueID(index: 0): x.withUnsafeBytes { [UInt8]($0) }]
    let values = try Evaluator().evaluate(graph, inputs: inputs)
    func expected(_ name: String) throws -> [Float] {
      Constant(type, bytes: values[try #require(graph.output(name))] ?? []).floats()
    }
    #expect(try floats(session.logits(.train)) == expected("logits"))
    #expect(try report.loss == expected("loss")[0])
    #expect(floats(session.variable(0)) == [1, 2, 3, 4, 5, 6])
    #expect(floats(session.variable(1)) == [0, 0, 0, 0, 0, 0])

    for (index, value) in x.enumerated() {
      session.batch(.predict).input[index] = -value
    }
    session.predict()
    #expect(floats(session.logits(.predict)) == x.map { max(0, -$0) })
  }

  @Test func aNameStandsForOneTensor() throws {
    var pool = ConstantPool()
    let first = try pool.add("c", Constant(TensorType(2), floats: [1, 2]))
    _ = try pool.add("d", Constant(TensorType(2), floats: [1, 2]))
    #expect(try pool.add("c", Constant(TensorType(2), floats: [1, 2])) == first)
    let others = [Constant(TensorType(2), floats: [1, 3]), Constant(TensorType(1, 2), floats: [1, 2])]
    for other in others {
      #expect(throws: EmitError.constantsDiffer("c")) { try pool.add("c", other) }
    }
    #expect(pool.entries.count == 2 && pool.bytes == 72)
  }

  @Test func aPlanWithoutLossIsRefused() throws {
    let predict = try schedule(graph(trains: false))
    let arena = try place([predict, predict])
    #expect(throws: EmitError.missing("loss")) {
      try ImageContents(train: predict, predict: predict, arena: arena)
    }
  }
}
