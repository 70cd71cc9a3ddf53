import IR
import Operators

/// Floats in 8 bits under one scale, a power of two.
struct EightBitCodec: SavedTensorCodec {
  let name = "int8"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    value.dtype == .f32 && readers.allSatisfy(\.isWeightGradient) ? TensorType(value.shape, .q8) : nil
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    // No range is known from the steps before: the largest element is looked for.
    let kind = ValueKind.range(of: "")
    let none = Constant(TensorType(4), floats: [0, 0, 0, 0])
    let range = graph.value(of: kind) ?? graph.constant(graph.unused("codec:range"), none, kind: kind)
    return try graph.append(
      GradientCast(GradientEpilogue(format: .q8)), value, range, name: graph[value].name + ".int8")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    try reader.append(graph.append(GradientCast(GradientEpilogue()), kept), to: &graph)
  }
}

/// Floats or integers in 4 bits, a smallest value and a step for each 128.
struct FourBitCodec: SavedTensorCodec {
  let name = "int4"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    guard readers.allSatisfy(\.isWeightGradient) else { return nil }
    return try? EncodeNibbles(tensor: 0).infer([value])
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    try graph.append(EncodeNibbles(seed: key.seed, tensor: key.tensor), value, name: graph[value].name + ".int4")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    try reader.append(graph.append(DecodeNibbles(reader.type), kept), to: &graph)
  }
}

/// The slope segment of an activation function of the Swish kind (`SegmentedGradient`) that a value lies in, 2 bits.
struct SegmentCodec: SavedTensorCodec {
  let name = "segments"

  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType? {
    segments(readers).flatMap { try? SwishSegments($0).infer([value]) }
  }

  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    try graph.append(SwishSegments(segments(readers)!), value, name: graph[value].name + ".segments")
  }

  func read(
    _ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID {
    try graph.append(SwishSegmentsGrad(segments([reader])!), reader.operands[0], kept, name: reader.name)
  }

  /// Those that all readers know the value by.
  private func segments(_ readers: [SavedReader]) -> SlopeSegments? {
    let segments = readers.map { $0.position == 1 ? ($0.op as? any SegmentedGradient)?.segments : nil }
    return segments.allSatisfy { $0 == segments[0] } ? segments[0] : nil
  }
}
