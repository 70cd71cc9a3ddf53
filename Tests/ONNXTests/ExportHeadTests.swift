import IR
import Support
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite
struct ExportHeadTests {
  /// A classifier of `features` features in place of `replaces`.
  private func head(_ replaces: String, classes: Int, features: Int) -> ExportHead {
    var generator = SeededGenerator(seed: 11)
    func tensor(_ name: String, _ shape: [Int]) -> ExportTensor {
      ExportTensor(name: name, shape: shape, values: (0..<shape.reduce(1, *)).map { _ in generator.uniform(1) })
    }
    return ExportHead(
      replaces: replaces, weight: tensor("head.weight", [classes, features]), bias: tensor("head.bias", [classes]))
  }

  /// Pooled features `p` [batch, 6, 1, 1] of a picture `x` [batch, 6, 4, 4].
  private func pooled(_ output: [Int]) -> ModelMaker {
    var maker = ModelMaker()
    maker.input("x", [-1, 6, 4, 4])
    maker.output("y", output)
    maker.node("GlobalAveragePool", ["x"], "p")
    return maker
  }

  /// What every new classifier of 4 classes on 6 pooled features should compute.
  private func expected(_ head: ExportHead, alpha: Float = 1) -> ModelMaker {
    var maker = pooled([-1, 4])
    maker.node("Flatten", ["p"], "f")
    maker.weight("head.weight", [4, 6], head.weight.values.map { $0 * alpha })
    maker.weight("head.bias", [4], head.bias.values)
    maker.node("Gemm", ["f", "head.weight", "head.bias"], "y", [.int("transB", 1)])
    return maker
  }

  /// Classifiers of 9 classes called `w`, each as a way of writing one.
  private func classifiers() -> [(name: String, maker: ModelMaker)] {
    func dense(_ build: (inout ModelMaker) -> Void) -> ModelMaker {
      var maker = pooled([-1, 9])
      maker.node("Flatten", ["p"], "f")
      build(&maker)
      return maker
    }
    func convolution(_ build: (inout ModelMaker) -> Void) -> ModelMaker {
      var maker = pooled([-1, 9])
      maker.weight("w", [9, 6, 1, 1])
      maker.weight("b", [9])
      build(&maker)
      return maker
    }
    return [
      (
        "Gemm",
        dense {
          $0.weight("w", [9, 6]); $0.weight("b", [9]); $0.node("Gemm", ["f", "w", "b"], "y", [.int("transB", 1)])
        }
      ),
      (
        "Gemm, other way",
        dense {
          $0.weight("w", [6, 9]); $0.weight("b", [9]); $0.node("Gemm", ["f", "w", "b"], "y", [.float("beta", 0)])
        }
      ),
      (
        "Gemm and sum",
        dense {
          $0.weight("w", [9, 6]); $0.weight("b", [1, 9])
          $0.node("Gemm", ["f", "w"], "g", [.int("transB", 1)]); $0.node("Add", ["b", "g"], "y")
        }
      ),
      (
        "MatMul",
        dense {
          $0.weight("w", [6, 9]); $0.node("MatMul", ["f", "w"], "y")
        }
      ),
      (
        "MatMul and sum",
        dense {
          $0.weight("w", [6, 9]); $0.weight("b", [9]); $0.node("MatMul", ["f", "w"], "g");
          $0.node("Add", ["g", "b"], "y")
        }
      ),
      (
        "MatMul of Transpose",
        dense {
          $0.weight("w", [9, 6])
          $0.node("Transpose", ["w"], "v", [.ints("perm", [1, 0])])
          $0.node("MatMul", ["f", "v"], "y")
        }
      ),
      (
        "behind Identity",
        dense {
          $0.weight("w", [9, 6]); $0.node("Identity", ["w"], "v")
          $0.node("Gemm", ["f", "v"], "y", [.int("transB", 1)])
        }
      ),
      (
        "Constant",
        dense {
          $0.node("Constant", [], "w", [.tensor("value", .floats("", [6, 9], [Float](repeating: 1, count: 54)))])
          $0.node("MatMul", ["f", "w"], "y")
        }
      ),
      (
        "Conv, Flatten",
        convolution {
          $0.node("Conv", ["p", "w", "b"], "c"); $0.node("Flatten", ["c"], "y")
        }
      ),
      (
        "Conv, sum, Squeeze",
        convolution {
          $0[initializer: "b"].dims = [1, 9, 1, 1]
          $0.integers("axes", [2, 3])
          $0.node("Conv", ["p", "w"], "c"); $0.node("Add", ["c", "b"], "d"); $0.node("Squeeze", ["d", "axes"], "y")
        }
      ),
      (
        "Conv, Reshape",
        convolution {
          $0.integers("sizes", [-1, 9])
          $0.node("Conv", ["p", "w", "b"], "c"); $0.node("Reshape", ["c", "sizes"], "y")
        }
      ),
      (
        "Conv, normalization",
        convolution {
          $0.node("Conv", ["p", "w", "b"], "c"); $0.batchNorm("c", "n", channels: 9); $0.node("Flatten", ["n"], "y")
        }
      ),
    ]
  }

  @Test(.enabled(if: Command.python != nil))
  func everyKindOfClassifierIsReplaced() throws {
    let head = head("w", classes: 4, features: 6)
    var pairs: [([UInt8], [UInt8])] = []
    for (_, maker) in classifiers() {
      for unfold in [false, true] {
        pairs.append((try maker.exported(head: head, unfold: unfold), try expected(head).bytes()))
      }
    }
    try expectEqual(pairs)
  }

  @Test func theNewTensorsHaveTheirNamesAndShapes() throws {
    let head = head("w", classes: 4, features: 6)
    for (name, maker) in classifiers() {
      let proto = try maker.export(head: head)
      let tensors = proto.graph.initializer.filter { $0.name.hasPrefix("head.") }
      #expect(tensors.map(\.name) == ["head.weight", "head.bias"], "\(name)")
      #expect(tensors.first?.dims == (name.hasPrefix("Conv") ? [4, 6, 1, 1] : [4, 6]), "\(name)")
      #expect(tensors.last?.dims == [4], "\(name)")
      #expect(!proto.initializers.contains("w") && !proto.initializers.contains("b"), "\(name)")
      #expect(!proto.operators.contains("Add") && !proto.operators.contains("Identity"), "\(name)")
      #expect(proto.graph.output.first?.sizes == [-1, 4], "\(name)")
      #expect(try proto.values("head.weight") == head.weight.values, "\(name)")
    }
  }

  @Test func theExportedClassifierIsImportedUnderItsNames() throws {
    let head = head("w", classes: 4, features: 6)
    for (name, maker) in classifiers() {
      let model = try ONNXModel(bytes: maker.exported(head: head), path: "").imported()
      let weight = try #require(model.graph.value(named: "head.weight").flatMap(model.graph.constant), "\(name)")
      #expect(weight.floats() == head.weight.values, "\(name)")
      #expect(model.graph.value(named: "head.bias") != nil, "\(name)")
    }
  }

  @Test(.enabled(if: Command.python != nil))
  func aScaledClassifierStaysScaled() throws {
    var maker = pooled([-1, 9])
    maker.node("Flatten", ["p"], "f")
    maker.weight("w", [9, 6])
    maker.weight("b", [9])
    maker.node("Gemm", ["f", "w", "b"], "y", [.int("transB", 1), .float("alpha", 0.5)])
    let head = head("w", classes: 4, features: 6)
    try expectEqual([(maker.exported(head: head), expected(head, alpha: 0.5).bytes())])
  }

  @Test(.enabled(if: Command.python != nil))
  func rowsOfRowsAreMultipliedToo() throws {
    func maker(_ classes: Int, _ build: (inout ModelMaker) -> Void) -> ModelMaker {
      var maker = ModelMaker()
      maker.input("x", [2, 5, 6])
      maker.output("y", [2, 5, classes])
      build(&maker)
      return maker
    }
    let head = head("w", classes: 4, features: 6)
    let old = maker(9) {
      $0.weight("w", [6, 9]); $0.node("MatMul", ["x", "w"], "y")
    }
    let new = maker(4) {
      let columns = (0..<24).map { head.weight.values[$0 % 4 * 6 + $0 / 4] }
      $0.weight("w", [6, 4], columns)
      $0.weight("b", [4], head.bias.values)
      $0.node("MatMul", ["x", "w"], "z")
      $0.node("Add", ["z", "b"], "y")
    }
    let exported = try old.exported(head: head)
    try expectEqual([(exported, new.bytes())])

    let model = try ONNXModel(bytes: exported, path: "")
    #expect(try model.imported().graph.value(named: "head.weight") != nil)
    let again = try model.exported([], head: self.head("head.weight", classes: 3, features: 6))
    let proto = try Onnx_ModelProto(serializedBytes: again)
    #expect(proto.operators == ["Transpose", "MatMul", "Add"])
    #expect(proto.initializers == ["head.weight", "head.bias"])
    #expect(proto.graph.output[0].sizes == [2, 5, 3])
  }

  @Test func shapesBehindTheClassifierFollow() throws {
    var maker = pooled([-1, 9])
    maker.weight("w", [9, 6, 1, 1])
    maker.weight("b", [9])
    maker.integers("sizes", [9, 9])
    maker.node("Conv", ["p", "w", "b"], "c")
    maker.node("Reshape", ["c", "sizes"], "r")
    maker.node("Softmax", ["r"], "y")
    maker.node("ReduceMean", ["y"], "m", [.ints("axes", [1])])
    maker.output("m", [9, 1])
    maker.proto.graph.valueInfo = [
      .info("p", [9, 6, 1, 1]), .info("c", [9, 9, 1, 1]), .info("r", [9, 9]),
    ]
    let proto = try maker.export(head: head("w", classes: 4, features: 6))
    #expect(proto.graph.valueInfo.map(\.sizes) == [[9, 6, 1, 1], [9, 4, 1, 1], [9, 4]])
    #expect(proto.graph.output.map(\.sizes) == [[-1, 4], [0, 1]])
    let sizes = try #require(proto.operands("Reshape")?.last)
    let values = try ONNXModel(bytes: proto.serializedBytes(), path: "").initializer(sizes)?.bytes()
    #expect(values == [Int64(9), 4].withUnsafeBytes { Array($0) })
    #expect(!proto.initializers.contains("sizes"))
  }

  @Test func asManyClassesChangeNoShape() throws {
    var maker = pooled([9, 9])
    maker.weight("w", [9, 6, 1, 1])
    maker.weight("b", [9])
    maker.integers("sizes", [9, 9])
    maker.node("Conv", ["p", "w", "b"], "c")
    maker.node("Reshape", ["c", "sizes"], "y")
    let proto = try maker.export(head: head("w", classes: 9, features: 6))
    #expect(proto.operands("Reshape") == ["c", "sizes"])
    #expect(proto.graph.output.first?.sizes == [9, 9])
  }

  @Test func aHeadCanBeReplacedAgain() throws {
    let first = try #require(classifiers().first).maker.exported(head: head("w", classes: 4, features: 6))
    let second = head("head.weight", classes: 3, features: 6)
    let proto = try Onnx_ModelProto(serializedBytes: ONNXModel(bytes: first, path: "").exported([], head: second))
    #expect(proto.initializers.filter { $0.hasPrefix("head.") } == ["head.weight", "head.bias"])
    #expect(try proto.values("head.weight") == second.weight.values)
    #expect(proto.graph.output.first?.sizes == [-1, 3])
  }

  /// Of layers with the same weight the one on the way to the trained result is replaced.
  @Test(arguments: ["y", "other"]) func theTrainedResultGetsTheClassifier(result: String) throws {
    var maker = pooled([-1, 9])
    maker.output("other", [-1, 9])
    maker.node("Flatten", ["p"], "f")
    maker.node("Relu", ["f"], "g")
    maker.weight("w", [9, 6])
    maker.node("Gemm", ["f", "w"], "y", [.int("transB", 1)])
    maker.node("Gemm", ["g", "w"], "other", [.int("transB", 1)])
    var wanted = head("w", classes: 4, features: 6)
    wanted.result = result
    let proto = try Onnx_ModelProto(serializedBytes: maker.exported(head: wanted))
    for node in proto.graph.node where node.opType == "Gemm" {
      #expect(node.input[1] == (node.output == [result] ? "head.weight" : "w"))
    }
    for output in proto.graph.output { #expect(output.sizes == [-1, output.name == result ? 4 : 9]) }
  }

  @Test func whatCannotBeReplacedIsTold() throws {
    let (maker, wanted) = (try #require(classifiers().first).maker, head("w", classes: 4, features: 6))
    #expect(throws: ExportError.noClassifier(weight: "b")) {
      try maker.exported(head: head("b", classes: 4, features: 6))
    }
    #expect(throws: ExportError.count(tensor: "head.weight", expected: 24, found: 20)) {
      try maker.exported(head: head("w", classes: 4, features: 5))
    }
    // The old classifier's values have nowhere to go.
    #expect(throws: ExportError.unknown(tensor: "w")) {
      try maker.exported(
        [ExportTensor(name: "w", shape: [9, 6], values: [Float](repeating: 0, count: 54))], head: wanted)
    }
    var taken = maker
    taken.node("Relu", ["x"], "head.bias")
    taken.output("head.bias", [-1, 6, 4, 4])
    #expect(throws: ExportError.nameTaken("head.bias")) { try taken.exported(head: wanted) }
    var followed = maker
    followed.weight("scale", [9])
    followed.node("Mul", ["y", "scale"], "scaled")
    followed.output("scaled", [-1, 9])
    #expect(throws: ExportError.cannotFollow(node: "scaled node", op: "Mul")) { try followed.exported(head: wanted) }
  }
}
