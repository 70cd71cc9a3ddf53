import IR
import Operators

/// A quarter of the rows of a layer's input, for a weight gradient that is a product of matrices: the largest rows, and others
/// by chance, which are others in every step.
struct WinnerRowCodec: SavedTensorCodec {
  let name = "rows"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    guard readers.allSatisfy(\.isMatrixProduct), let taken = value.fewRows else { return nil }
    return try? WinnerRows(taken: taken, tensor: 0).infer([value])
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    let op = WinnerRows(taken: graph.type(value).fewRows!, seed: key.seed, tensor: key.tensor)
    return try graph.append(op, value, name: graph[value].name + ".rows")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    let taken = reader.type.fewRows!
    var reader = reader
    let dy = reader.operands[reader.position + 1]
    reader.operands[reader.position + 1] = try graph.append(WeightedRows(reader.type, taken: taken), dy, kept)
    return try reader.append(graph.append(KeptRows(reader.type, taken: taken), kept), to: &graph)
  }
}

/// Random sums of the rows of a linear layer's input, a quarter as many, in floats.
struct ProjectionCodec: SavedTensorCodec {
  let name = "projection"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    guard readers.allSatisfy({ $0.isMatrixProduct && $0.op is ConvGradWeight }), let count = value.fewRows else {
      return nil
    }
    return try? ProjectedRows(projected: count, tensor: 0).infer([value])
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    let op = ProjectedRows(projected: graph.type(value).fewRows!, seed: key.seed, tensor: key.tensor)
    return try graph.append(op, value, name: graph[value].name + ".projection")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    var reader = reader
    let op = ProjectedRows(projected: reader.type.fewRows!, seed: key.seed, tensor: key.tensor, isSaved: false)
    reader.operands[1] = try graph.append(op, reader.operands[1])
    return try reader.append(kept, to: &graph)
  }
}

extension TensorType {
  /// A quarter of the rows, all axes but the last, where there are enough for a mean.
  fileprivate var fewRows: Int? {
    let rows = count / max(shape.last ?? 1, 1)
    return rows >= 16 && rows < 1 << 24 ? rows / 4 : nil
  }
}
