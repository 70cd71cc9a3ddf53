/// The inputs of a model with every size known.
struct InputShapes {
  struct Input {
    let name: String
    let elementType: Int
    let shape: [Int]
  }

  let inputs: [Input]
  let batch: Int?
  /// The batch that the file itself fixes.
  let declaredBatch: Int?

  /// - Throws: `ImportError.inputShapeUnknown` where neither the file nor the options give a size.
  init(_ model: ONNXModel, _ options: ImportOptions) throws(ImportError) {
    let weights = Set(model.proto.graph.initializer.map(\.name))
    let given = model.proto.graph.input.filter { !weights.contains($0.name) }
    let declaredBatch = model.declaredBatch
    let batch = options.batch ?? options.inputShape?.first ?? declaredBatch
    var symbols: [String: Int] = [:]
    var inputs: [Input] = []
    for (index, input) in given.enumerated() {
      let declared = input.type.tensorType
      var sizes = declared.shape.dim.map(Self.fixed)
      if index == 0, let wanted = options.inputShape {
        guard sizes.isEmpty || sizes.count == wanted.count else {
          throw .inputShapeMismatch(name: input.name, dims: Self.texts(declared.shape), wanted: wanted)
        }
        sizes = wanted
      }
      for (axis, dimension) in declared.shape.dim.enumerated() where sizes[axis] == nil {
        sizes[axis] = symbols[dimension.dimParam] ?? (axis == 0 ? batch ?? 1 : nil)
      }
      if let batch = options.batch, !sizes.isEmpty, index == 0 || sizes[0] == declaredBatch { sizes[0] = batch }
      let shape = sizes.compactMap { $0 }
      let isGiven = declared.hasShape || (index == 0 && options.inputShape != nil)
      guard isGiven, shape.count == sizes.count, let count = elementCount(shape), count > 0 else {
        throw .inputShapeUnknown(name: input.name, dims: Self.texts(declared.shape))
      }
      for (size, dimension) in zip(shape, declared.shape.dim) where !dimension.dimParam.isEmpty {
        symbols[dimension.dimParam] = size
      }
      inputs.append(Input(name: input.name, elementType: Int(declared.elemType), shape: shape))
    }
    self.inputs = inputs
    self.batch = inputs.first?.shape.first
    self.declaredBatch = declaredBatch
  }

  /// A size that the file fixes; exporters write 0 and −1 where they know none.
  fileprivate static func fixed(_ dimension: Onnx_TensorShapeProto.Dimension) -> Int? {
    dimension.dimValue > 0 ? Int(dimension.dimValue) : nil
  }

  private static func texts(_ shape: Onnx_TensorShapeProto) -> [String] {
    shape.dim.map { $0.dimParam.isEmpty ? ($0.dimValue > 0 ? "\($0.dimValue)" : "?") : $0.dimParam }
  }
}

extension ONNXModel {
  /// The batch that the file fixes; nil where it leaves that open.
  public var declaredBatch: Int? {
    let weights = Set(proto.graph.initializer.map(\.name))
    let given = proto.graph.input.first { !weights.contains($0.name) }
    return given?.type.tensorType.shape.dim.first.flatMap(InputShapes.fixed)
  }

  /// Names of what the model takes, initializers left out.
  public var inputNames: [String] {
    let weights = Set(proto.graph.initializer.map(\.name))
    return proto.graph.input.map(\.name).filter { !weights.contains($0) }
  }
}
