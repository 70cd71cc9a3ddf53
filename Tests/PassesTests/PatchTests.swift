import Evaluate
import IR
import Operators
import Passes
import Support
import Testing

/// Blocks of random networks computed in patches, wherever they may begin and end, give the bits of the whole.
@Test(arguments: 0..<60, [true, false])
func patchesGiveTheSameBits(seed: UInt64, isInteger: Bool) throws {
  let graph = try PatchNetwork.random(seed: seed, isInteger: isInteger)
  var generator = SeededGenerator(seed: seed)
  let input = graph.ids.first { if case .input = graph[$0].definition { true } else { false } }!
  let x = randomBytes(graph.type(input), in: -100...100, &generator)
  let whole = try outputs(graph, x)
  var starts: [ValueID?] = [nil]
  starts += PatchableBlocks.all(in: graph).map(\.cut)
  var compared = 0
  for start in starts {
    for blocks in PatchableBlocks.all(in: graph, from: start) {
      for grid in [
        PatchGrid(rows: 2, columns: 2), .init(rows: 3, columns: 1), .init(rows: 1, columns: 2, splitsBatch: false),
      ] {
        guard let (patched, cut) = try graph.patched(blocks, grid) else { continue }
        try patched.verify()
        #expect(patched.type(cut) == graph.type(blocks.cut))
        #expect(try outputs(patched, x) == whole)
        compared += 1
      }
    }
  }
  #expect(compared > 0)
}

private func outputs(_ graph: Graph, _ x: [UInt8]) throws -> [[UInt8]] {
  let input = graph.ids.first { if case .input = graph[$0].definition { true } else { false } }!
  let values = try Evaluator().evaluate(graph, inputs: [input: x])
  return graph.outputs.map { values[$0.value]! }
}

/// What somebody else reads cannot be inside of blocks.
@Test func blocksEndWhereOthersLookInside() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(1, 8, 8, 2))
  let a = try graph.append(Relu(), x)
  let b = try graph.append(Relu(), a)
  let c = try graph.append(Relu(), b)
  let sum = try graph.append(Reduce(axes: [1, 2]), c)
  graph.outputs = [("y", sum), ("b", try graph.append(BitMask(low: 0, high: 1), b))]
  #expect(PatchableBlocks.all(in: graph).map(\.cut) == [a, b])
  #expect(PatchableBlocks.all(in: graph, from: b).map(\.cut) == [c])
}

/// The window of a patch reads beyond it, and is padded where the picture ends.
@Test func patchesReadTheirHalo() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(1, 8, 8, 1))
  let w = graph.constant("w", Constant(TensorType(1, 3, 3, 1), floats: Array(repeating: 1, count: 9)))
  let y = try graph.append(Conv(Sliding(pads: [1, 1, 1, 1])), x, w)
  graph.outputs = [("y", try graph.append(Reduce(axes: [1, 2]), y))]
  let blocks = try #require(PatchableBlocks.all(in: graph).first)
  let patched = try #require(try graph.patched(blocks, PatchGrid(rows: 2, columns: 2))).graph
  let crops = patched.nodes.compactMap { ($0.op as? Crop)?.box }
  #expect(crops.map(\.rows) == [0..<5, 0..<5, 3..<8, 3..<8])
  #expect(crops.map(\.columns) == [0..<5, 3..<8, 0..<5, 3..<8])
  let pads = patched.nodes.compactMap { ($0.op as? Conv)?.sliding.pads }
  #expect(pads == [[1, 1, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]])
}
