import IR
import Testing

@testable import ONNX

/// A network treats every sample of a batch by itself, whatever the batch is; what does not is refused by name.
struct SampleAxisTests {
  /// x [N, 6] → rows [N, 5] → whatever `build` makes of them, called `z` → y [N, 4].
  private func maker(opset: Int64 = 17, features: Int = 5, _ build: (inout ModelMaker) -> Void) -> ModelMaker {
    var maker = ModelMaker(opset: opset)
    maker.input("x", [-1, 6])
    maker.output("y", [-1, 4])
    maker.weight("w0", [6, 5])
    maker.node("MatMul", ["x", "w0"], "a")
    build(&maker)
    maker.weight("hw", [features, 4])
    maker.node("MatMul", ["z", "hw"], "y")
    return maker
  }

  private func problems(_ maker: ModelMaker, batch: Int) throws -> [NodeProblem] {
    do {
      _ = try maker.imported {
        $0.treatsSamplesAlike = true
        $0.batch = batch
      }
      return []
    } catch let error as ImportError {
      guard case .nodes(let problems) = error else { throw error }
      return problems
    }
  }

  private var mixing: [(node: String, maker: ModelMaker)] {
    [
      ("z node", maker { $0.node("Softmax", ["a"], "z", [.int("axis", 0)]) }),
      (
        "m node",
        maker {
          $0.node("ReduceMean", ["a"], "m", [.ints("axes", [0]), .int("keepdims", 1)])
          $0.node("Sub", ["a", "m"], "z")
        }
      ),
      (
        "s node",
        maker {
          $0.node("Transpose", ["a"], "t", [.ints("perm", [1, 0])])
          $0.node("MatMul", ["a", "t"], "k")
          $0.node("Softmax", ["k"], "s", [.int("axis", 1)])
          $0.node("MatMul", ["s", "a"], "z")
        }
      ),
      (
        "q node",
        maker {
          $0.integers("i", [0])
          $0.node("Gather", ["a", "i"], "q", [.int("axis", 0)])
          $0.node("Add", ["q", "a"], "z")
        }
      ),
      (
        "q node",
        maker {
          for (name, value) in [("st", -1), ("en", -99), ("ax", 0), ("sp", -1)] as [(String, Int64)] {
            $0.integers(name, [value])
          }
          $0.node("Slice", ["a", "st", "en", "ax", "sp"], "q")
          $0.node("Add", ["q", "a"], "z")
        }
      ),
      (
        "q2 node",
        maker {
          $0.integers("s", [-1, 10])
          $0.integers("s2", [-1, 5])
          $0.node("Reshape", ["a", "s"], "q")
          $0.node("Softmax", ["q"], "q2", [.int("axis", 1)])
          $0.node("Reshape", ["q2", "s2"], "z")
        }
      ),
    ]
  }

  @Test(arguments: [1, 2, 4, 6]) func whatMixesSamplesIsRefused(batch: Int) throws {
    // Rows of two samples cannot be made of one.
    for (name, maker) in batch == 1 ? mixing.dropLast() : mixing[...] {
      let found = try problems(maker, batch: batch)
      // The product of all pairs of samples is where these meet.
      let names = name == "s node" ? ["k node"] : [name]
      #expect(found.map(\.node) == names, "\(name), batch \(batch): \(found)")
      guard case .mixedSamples? = found.first?.fault else {
        Issue.record("\(name): \(found)")
        continue
      }
    }
  }

  /// The same operators on other axes, and the axis of samples moved and moved back as attention has it.
  @Test(arguments: [1, 2, 3, 5, 6]) func whatKeepsSamplesApartIsTaken(batch: Int) throws {
    let rows = maker {
      $0.node("Softmax", ["a"], "s", [.int("axis", 1)])
      $0.node("ReduceMean", ["s"], "m", [.ints("axes", [1]), .int("keepdims", 1)])
      $0.node("Sub", ["a", "m"], "z")
    }
    let turned = maker {
      $0.node("Transpose", ["a"], "t", [.ints("perm", [1, 0])])
      $0.node("Softmax", ["t"], "u", [.int("axis", 0)])
      $0.node("Transpose", ["u"], "z", [.ints("perm", [1, 0])])
    }
    // x [N, 6] as 3 positions of 2: attention among positions, the batch in the second place.
    let attention = maker(features: 6) {
      $0.integers("split", [-1, 3, 2])
      $0.node("Reshape", ["x", "split"], "p")
      $0.node("Transpose", ["p"], "f", [.ints("perm", [1, 0, 2])])
      $0.weight("qw", [2, 2])
      $0.node("MatMul", ["f", "qw"], "q")
      $0.node("Transpose", ["q"], "qb", [.ints("perm", [1, 0, 2])])
      $0.node("Transpose", ["q"], "kb", [.ints("perm", [1, 2, 0])])
      $0.node("MatMul", ["qb", "kb"], "scores")
      $0.node("Softmax", ["scores"], "soft", [.int("axis", 2)])
      $0.node("MatMul", ["soft", "qb"], "mixed")
      $0.node("Transpose", ["mixed"], "back", [.ints("perm", [1, 0, 2])])
      $0.node("Relu", ["back"], "act")
      $0.node("Transpose", ["act"], "first", [.ints("perm", [1, 0, 2])])
      $0.integers("join", [-1, 6])
      $0.node("Reshape", ["first", "join"], "z")
    }
    // Rows of several positions of one sample each.
    let positions = maker(features: 6) {
      $0.integers("rows", [-1, 2])
      $0.node("Reshape", ["x", "rows"], "p")
      $0.weight("pw", [2, 2])
      $0.node("MatMul", ["p", "pw"], "q")
      $0.node("Softmax", ["q"], "s", [.int("axis", 1)])
      $0.integers("join", [-1, 6])
      $0.node("Reshape", ["s", "join"], "z")
    }
    for maker in [rows, turned, attention, positions] {
      let found = try problems(maker, batch: batch)
      #expect(found.isEmpty, "batch \(batch): \(found)")
    }
  }

  /// Also where the number of classes happens to be that of the samples.
  @Test(arguments: [1, 3, 4]) func resultsBeginWithTheSamples(batch: Int) throws {
    func result(_ build: (inout ModelMaker) -> Void) -> ModelMaker {
      var maker = self.maker { $0.node("Relu", ["a"], "z") }
      maker.proto.graph.output = [.info("out", [])]
      build(&maker)
      return maker
    }
    let turned = result { $0.node("Transpose", ["y"], "out", [.ints("perm", [1, 0])]) }
    let rows = result {
      $0.integers("s", [-1, 2])
      $0.node("Reshape", ["y", "s"], "out")
    }
    for maker in [turned, rows] {
      let found = try problems(maker, batch: batch)
      #expect(found.map(\.node) == ["out node"])
      guard case .resultOfSamples(tensor: "out", shape: _, batch: _)? = found.first?.fault else {
        Issue.record("batch \(batch): \(found)")
        continue
      }
    }
    let scalar = result { $0.node("ReduceMean", ["y"], "out", [.int("keepdims", 0)]) }
    #expect(try problems(scalar, batch: batch).map(\.node) == ["out node"])
  }

  /// A file that is made for one sample has nothing to mix, and a result that nobody trains may be what it likes.
  @Test func whatNobodyTrainsMayMix() throws {
    var single = maker { $0.node("Softmax", ["a"], "z", [.int("axis", 0)]) }
    single.proto.graph.input = [.info("x", [1, 6])]
    #expect(try problems(single, batch: 1).isEmpty)
    #expect(try problems(single, batch: 2).map(\.node) == ["z node"])
    var aside = maker { $0.node("Relu", ["a"], "z") }
    aside.output("mean", [1, 4])
    aside.node("ReduceMean", ["y"], "mean", [.ints("axes", [0]), .int("keepdims", 1)])
    #expect(try problems(aside, batch: 4).isEmpty)
  }

  /// A shape with the single sample of its exporter follows the batch, also where that is joined with other axes.
  @Test(arguments: [1, 4, 6]) func shapesOfOneSampleFollow(batch: Int) throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 6, 7])
    maker.output("y", [-1, 5])
    maker.integers("rows", [-1, 7])
    maker.node("Reshape", ["x", "rows"], "q")
    maker.weight("w", [7, 5])
    maker.node("MatMul", ["q", "w"], "a")
    maker.integers("one", [1, 6, 5])
    maker.node("Reshape", ["a", "one"], "z")
    maker.node("ReduceMean", ["z"], "y", [.ints("axes", [1]), .int("keepdims", 0)])
    let graph = try maker.imported {
      $0.treatsSamplesAlike = true
      $0.batch = batch
    }.graph
    #expect(graph.outputs.map { graph.type($0.value).shape } == [[batch, 5]])
  }

  /// Softmax of opset 12 over all axes behind one moves as much memory for a single sample as for many.
  @Test func aSoftmaxOverSeveralAxesLiesAsItDoesForOneSample() throws {
    var maker = ModelMaker(opset: 12)
    maker.input("x", [-1, 3, 4, 4])
    maker.output("y", [-1, 3, 4, 4])
    maker.node("Softmax", ["x"], "y", [.int("axis", 2)])
    let moves = try [1, 8].map { batch in
      let graph = try maker.imported { $0.batch = batch }.graph
      return graph.nodes.map { type(of: $0.op).name }
    }
    #expect(moves[0] == moves[1])
  }
}
