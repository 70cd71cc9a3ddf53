import IR
import Operators

/// A quarter of the rows of a layer's input, others in every step, for a weight gradient that is a product of matrices.
struct SampledRowCodec: SavedTensorCodec {
  let name = "rows"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    guard readers.allSatisfy(\.isMatrixProduct), let taken = value.fewRows else { return nil }
    return try? SampledRows(taken: taken, tensor: 0).infer([value])
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    let taken = graph.type(value).fewRows!
    let op = SampledRows(taken: taken, seed: key.seed, tensor: key.tensor)
    return try graph.append(op, value, name: graph[value].name + ".rows")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    let taken = reader.type.fewRows!
    let share = Double(reader.type.rows) / Double(taken)
    var reader = reader
    let dy = reader.operands[reader.position + 1]
    let sample = SampledRows(taken: taken, seed: key.seed, tensor: key.tensor, isSaved: false)
    reader.operands[reader.position + 1] = try graph.append(sample, dy)
    guard !(reader.op is ConvGradWeight) else {
      return try graph.append(Affine(alpha: share), reader.append(kept, to: &graph))
    }
    let scale = reader.operands[reader.position + 2]
    reader.operands[reader.position + 2] = graph.scaled(scale, by: share)
    return try reader.append(kept, to: &graph)
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
  /// All axes but the last.
  fileprivate var rows: Int { count / max(shape.last ?? 1, 1) }

  /// A quarter of the rows, where there are enough for a mean.
  fileprivate var fewRows: Int? { rows >= 16 && rows < 1 << 24 ? rows / 4 : nil }
}

extension Graph {
  /// The constant scales of a weight gradient, times a factor.
  fileprivate mutating func scaled(_ scales: ValueID, by factor: Double) -> ValueID {
    let name = self[scales].name + ".rows:\(factor)"
    if let known = value(named: name) { return known }
    let floats = constant(scales)!.floats().map { $0 * Float(factor) }
    return constant(name, Constant(type(scales), floats: floats))
  }
}
