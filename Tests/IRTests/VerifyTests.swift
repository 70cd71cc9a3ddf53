import Operators
import Support
import Testing

@testable import IR

/// An operator that infers another type than it was appended with.
private struct Fickle: Operator {
  static let name = "fickle"
  static let samples: [Sample] = []
  let result: Result<TensorType, ShapeError>
  init(_ result: Result<TensorType, ShapeError>) { self.result = result }
  init(attributes: Attributes) throws(AttributeError) {
    throw AttributeError(name: "result", expected: "given in Swift")
  }
  var attributes: Attributes { [:] }
  func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType { try result.get() }
}

private let type = TensorType(2)
private let x = Value(name: "x", type: type, definition: .input)

private func operation(_ op: any Operator, _ inputs: Int...) -> Value {
  Value(name: "y", type: type, definition: .operation(op, inputs.map { ValueID(index: $0) }))
}

private func constant(_ bytes: Int, offset: Int = 0, layout: Constant.StoredLayout? = nil, _ type: TensorType) -> Value
{
  let storage = OwnedBytes([UInt8](repeating: 0, count: bytes))
  let constant = Constant(type, storage: storage, offset: offset, layout: layout)
  return Value(name: "c", type: type, definition: .constant(constant))
}

@Test(
  arguments: [
    ([x, operation(Relu(), 1)], .usedBeforeDefined(operand: ValueID(index: 1))),
    ([x, operation(Relu(), 2), operation(Relu(), 0)], .usedBeforeDefined(operand: ValueID(index: 2))),
    ([x, operation(Relu(), -1)], .usedBeforeDefined(operand: ValueID(index: -1))),
    ([x, operation(Fickle(.success(TensorType(3))))], .typeDiffers(inferred: TensorType(3))),
    ([x, operation(Fickle(.failure(ShapeError("fickle", "no"))))], .shape(ShapeError("fickle", "no"))),
    ([x, operation(Add(), 0)], .shape(ShapeError("add", "takes 2 operands, has 1"))),
    ([x, x], .duplicateName),
    ([x, constant(7, type)], .constantTooShort),
    ([x, constant(8, offset: 1, type)], .constantTooShort),
    ([x, constant(8, offset: -1, type)], .constantTooShort),
    (
      [
        x,
        Value(
          name: "v", type: TensorType(3), definition: .variable(Constant(type, floats: [0, 0]))),
      ], .typeDiffers(inferred: type)
    ),
    ([x, constant(24, layout: .init(shape: [2, 3], permutation: [1, 0]), TensorType(2, 3))], .layoutDiffers),
    ([x, constant(24, layout: .init(shape: [2, 3], permutation: [0, 0]), TensorType(2, 2))], .layoutDiffers),
  ] as [([Value], VerifyError.Reason)])
func verifyFinds(values: [Value], reason: VerifyError.Reason) {
  let error = #expect(throws: VerifyError.self) { try Graph(unchecked: values).verify() }
  #expect(error?.reason == reason)
  #expect(error?.value.index == 1)
}

@Test(arguments: [-1, 1]) func outputsMustBeThere(index: Int) {
  var graph = Graph(unchecked: [x])
  graph.outputs = [("y", ValueID(index: index))]
  let error = #expect(throws: VerifyError.self) { try graph.verify() }
  #expect(error?.reason == .missingOutput && error?.name == "y")
}

@Test(arguments: UInt64(0)..<50) func randomGraphsAreSound(seed: UInt64) throws {
  try randomGraph(nodes: 30, seed: seed).verify()
}

struct TrainingGraphTests {
  private var graph = Graph()
  private let weight: ValueID
  private let gradient: ValueID
  private let update: ValueID

  init() throws {
    weight = graph.variable("w", Constant(type, floats: [1, 2]))
    gradient = graph.input("g", type)
    update = try graph.append(SGD(), weight, gradient)
  }

  private func training(_ parameters: [(value: ValueID, update: ValueID)], _ graph: Graph) -> TrainingGraph {
    TrainingGraph(
      graph: graph, forwardCount: 1, logits: gradient, loss: gradient,
      parameters: parameters.map {
        TrainedParameter(
          name: "w", mode: .full, region: nil, value: $0.value, gradient: gradient, consumer: $0.update,
          update: $0.update)
      })
  }

  @Test func oneUpdateForEachParameter() throws { try training([(weight, update)], graph).verify() }

  @Test func anythingElseIsRefused() throws {
    var graph = graph
    let frozen = graph.constant("c", Constant(type, floats: [1, 2]))
    let other = graph.variable("v", Constant(type, floats: [1, 2]))
    let noUpdate = try graph.append(Relu(), weight)
    let onFrozen = try graph.append(SGD(), frozen, gradient)
    for wrong in [
      [(weight, noUpdate)], [(weight, weight)], [(other, update)], [(frozen, onFrozen)],
      [(weight, update), (weight, update)],
    ] {
      let error = #expect(throws: VerifyError.self) { try training(wrong, graph).verify() }
      #expect(error?.reason == .notUpdatedOnce)
    }
  }
}
