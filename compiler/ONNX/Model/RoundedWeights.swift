import IR

extension ONNXModel {
  /// Reads weights that a QuantizeLinear rounds as the integers they become: the form in which fake quantization of
  /// PyTorch is exported.
  ///
  /// Where nothing else reads the floats, the integers take their name; else they have that of the rounding's result.
  mutating func roundWeights() throws(ImportError) {
    let index = GraphIndex(proto.graph)
    var rounded: Set<Int> = []
    for position in proto.graph.node.indices where proto.graph.node[position].isRounding("QuantizeLinear") {
      let node = proto.graph.node[position]
      guard let result = node.output.first, let source = source(of: node.input.first ?? "", index),
        source.isInitializer, let integers = try integers(node, index)
      else { continue }
      let name = source.isReadOnce ? source.name : result
      if source.isReadOnce {
        replaceInitializer(Onnx_TensorProto(name, integers))
        for reader in proto.graph.node.indices {
          proto.graph.node[reader].input = proto.graph.node[reader].input.map { $0 == result ? name : $0 }
        }
      } else {
        replaceInitializers([:], adding: [Onnx_TensorProto(name, integers)])
        replacedTensors[name] = source.name
      }
      roundedWeights.insert(name)
      rounded.insert(position)
    }
    guard !rounded.isEmpty else { return }
    proto.graph.node = proto.graph.node.indices.filter { !rounded.contains($0) }.map { proto.graph.node[$0] }
  }

  /// What a QuantizeLinear makes of floats of the file: saturate(round(x / scale) + zero point); nil where an operand is
  /// computed, or for a form other than one scale for the tensor or for each index of an axis.
  private func integers(_ node: Onnx_NodeProto, _ index: GraphIndex) throws(ImportError) -> Constant? {
    guard node.input.count > 1, !node.attribute.contains(where: { $0.name == "block_size" && $0.i != 0 }),
      !index.isResult(node.output[0]),
      let floats = try known(node.input[0], index)?.constant, floats.type.dtype == .f32,
      let scales = try known(node.input[1], index)?.constant, scales.type.dtype == .f32, scales.type.count > 0
    else { return nil }
    var zeros = [0]
    var dtype = DType.u8
    if node.input.count > 2, !node.input[2].isEmpty {
      guard let zero = try known(node.input[2], index)?.constant, [.i8, .u8].contains(zero.type.dtype) else {
        return nil
      }
      (zeros, dtype) = (IntegerTensor(zero).values, zero.type.dtype)
    } else if let type = node.attribute.first(where: { $0.name == "output_dtype" }), type.i != 0 {
      guard let given = DType(onnx: Int(type.i)), [.i8, .u8].contains(given) else { return nil }
      dtype = given
    }
    let (shape, values) = (floats.type.shape, scales.floats())
    guard values.allSatisfy({ $0 > 0 && $0.isFinite }), [1, values.count].contains(zeros.count) else { return nil }
    let given = node.attribute.first { $0.name == "axis" }.map { Int($0.i) } ?? 1
    let axis = given < 0 ? given + shape.count : given
    guard values.count == 1 || shape.indices.contains(axis) && shape[axis] == values.count else { return nil }
    let inner = values.count == 1 ? 1 : shape[(axis + 1)...].reduce(1, *)
    let range: ClosedRange<Float> = dtype == .u8 ? 0...255 : -128...127
    let integers = floats.floats().enumerated().map { element, value in
      let channel = values.count == 1 ? 0 : element / inner % values.count
      let zero = Float(zeros[zeros.count == 1 ? 0 : channel])
      let rounded = (value / values[channel]).rounded(.toNearestOrEven) + zero
      return Int(min(max(rounded, range.lowerBound), range.upperBound))
    }
    return IntegerTensor(shape: shape, values: integers, dtype: dtype).constant
  }
}
