import IR
import Operators
import Passes
import Support
import Testing
import Trace

struct HeadTests {
  @Test func newHeadIsSeededByNameAlone() throws {
    let (graph, head) = try residualNetwork().replacingHead(classes: 7, seed: 3)
    #expect(head.replaces == "classifier.weight" && head.features == 4 && head.classes == 7)
    #expect(graph.type(graph.output("logits")!) == TensorType(2, 7))
    #expect(graph.value(named: "classifier.weight") == nil)
    let weight = graph.constant(graph.value(named: "head.weight")!)!
    #expect(weight.type == TensorType(7, 1, 1, 4))
    #expect(weight.floats().allSatisfy { abs($0) <= 0.5 })
    let again = try residualNetwork(batch: 5).replacingHead(classes: 7, seed: 3).graph
    #expect(again.constant(again.value(named: "head.weight")!)!.bytes() == weight.bytes())
    let other = try residualNetwork().replacingHead(classes: 7, seed: 4).graph
    #expect(other.constant(other.value(named: "head.weight")!)!.bytes() != weight.bytes())
    try graph.verify()
  }

  /// SqueezeNet's form: the classifier is a convolution, with an activation and a mean behind it.
  @Test func layersBehindAConvolutionFollow() throws {
    let net = try trace([2, 5, 5, 3]) { x in
      x.conv("last", outputs: 10, kernel: 3).relu().globalAverage().reshaped([2, 10, 1, 1]).reshaped([2, 10])
    }
    let (graph, head) = try net.replacingHead(classes: 4, seed: 0)
    #expect(head.features == 27)
    #expect(graph.type(graph.output("logits")!) == TensorType(2, 4))
  }

  @Test func softmaxIsStrippedThroughViews() throws {
    var net = try residualNetwork()
    let logits = net.output("logits")!
    let probabilities = try net.append(Softmax(axis: 1), logits)
    net.outputs = [("probabilities", try net.append(Reshape(shape: [2, 3, 1]), probabilities)), ("more", logits)]
    let stripped = try net.endingInLogits(strippingProbabilities: true).graph
    #expect(!stripped.nodes.contains { $0.op is Softmax })
    #expect(stripped.outputs.map(\.name) == ["logits"])
    #expect(try net.endingInLogits(strippingProbabilities: false).graph.nodes.contains { $0.op is Softmax })
  }

  /// Class k stays element k of the result, whatever moves the probabilities.
  @Test func viewsBehindProbabilitiesStay() throws {
    var net = try trace([2, 3, 2, 4]) { x in x.conv("last", outputs: 3, kernel: 1) }
    let moved = try net.append(Transpose(perm: [0, 3, 1, 2]), net.append(Sigmoid(), net.outputs[0].value))
    net.outputs = [("y", try net.append(Reshape(shape: [2, 18]), moved))]
    let (graph, stripped) = try net.endingInLogits(strippingProbabilities: true)
    #expect(stripped == Sigmoid.name)
    #expect(graph.nodes.map { type(of: $0.op).name } == ["conv", "transpose", "reshape"])
    #expect(graph.type(graph.output("logits")!) == TensorType(2, 18))
  }

  /// The loss's own softmax runs over all of a sample; another one is another function.
  @Test(arguments: [
    ([2, 3], 1, true), ([2, 3], 0, false), ([2, 1, 1, 3], 3, true), ([2, 1, 1, 3], 1, false),
    ([2, 2, 2, 3], 3, false),
  ])
  func softmaxOverAnotherAxisStays(shape: [Int], axis: Int, isStripped: Bool) throws {
    for op: any Operator in [Softmax(axis: axis), LogSoftmax(axis: axis)] {
      var graph = Graph()
      graph.outputs = [("y", try graph.append(op, graph.input("x", TensorType(shape))))]
      #expect((try graph.endingInLogits(strippingProbabilities: true).stripped != nil) == isStripped)
    }
  }

  @Test func resultsOfSeveralLayersKeepThem() throws {
    let sum = try trace([2, 5]) { x in x.dense("a", outputs: 3) + x.dense("b", outputs: 3) }
    #expect(throws: HeadError.severalClassifiers(last: "b.weight", other: "a.weight")) {
      _ = try sum.replacingHead(classes: 4, seed: 0)
    }
  }

  @Test func networksWithoutAClassifierAreRefused() throws {
    var graph = Graph()
    graph.outputs = [("y", try graph.append(Relu(), graph.input("x", TensorType(1, 3))))]
    #expect(throws: HeadError.noClassifier) { _ = try graph.replacingHead(classes: 2, seed: 0) }
    #expect(throws: HeadError.noOutput) { _ = try Graph().endingInLogits(strippingProbabilities: true) }
  }
}
