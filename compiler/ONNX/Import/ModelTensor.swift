import IR

/// What the importer knows of a tensor of the ONNX model.
enum ModelTensor: Sendable {
  /// Values known while importing, and never seen by the graph: shapes and indices.
  case integers(IntegerTensor)
  /// Float values known while importing: they become a constant where an operator reads them.
  case constant(ConstantTensor)
  case value(Activation)

  /// A tensor of the file, in ONNX's layout.
  init(_ constant: Constant, name: String) throws(NodeFault) {
    switch constant.type.dtype {
    case .f32: self = .constant(ConstantTensor(name: name, source: constant))
    case .f64, .bit, .q8, .q16: throw .elementType(tensor: name, type: constant.type.dtype.rawValue)
    case .i8, .u8, .i16, .i32, .i64, .bool: self = .integers(IntegerTensor(constant))
    }
  }

  var shape: [Int] {
    switch self {
    case .integers(let tensor): tensor.shape
    case .constant(let tensor): tensor.view.shape
    case .value(let activation): activation.view.shape
    }
  }

  /// Bytes that are held for the tensor and do not stand in the file.
  var ownBytes: Int {
    switch self {
    case .integers(let tensor): MemoryLayout<Int>.size * tensor.values.count
    case .constant(let tensor): tensor.source.storage is OwnedBytes ? tensor.source.storage.count : 0
    case .value: 0
    }
  }

  var isKnown: Bool {
    if case .value = self { false } else { true }
  }
}

/// A value of the graph and how the axes of ONNX lie in it; its own type may have more or fewer axes of size 1.
struct Activation: Sendable {
  let id: ValueID
  let view: View
}

/// A tensor of known floats: the bytes of a named tensor of the file, or computed while importing.
struct ConstantTensor: Sendable {
  /// Most elements that are computed for one node while importing.
  static let largestComputed = 1 << 26

  let name: String
  /// The bytes, dense and in the order of the named tensor.
  let source: Constant
  let view: View

  init(name: String, source: Constant, view: View? = nil) {
    self.name = name
    self.source = source
    self.view = view ?? View(source.type.shape)
  }

  /// What makes two tensors one constant: folding gives the same name to different values.
  struct Identity: Hashable {
    let name: String
    let storage: ObjectIdentifier
    let offset: Int
  }

  var identity: Identity {
    Identity(name: name, storage: ObjectIdentifier(source.storage), offset: source.offset)
  }

  /// The values in the order of ONNX; those of integers are their real values.
  var floats: [Float] {
    let constant = constant(View(view.shape).order, shape: view.shape)
    return (isQuantized ? constant.dequantized() : constant).floats()
  }

  /// Integers that stand for real numbers: in the graph they are followed by `Dequantize`.
  var isQuantized: Bool { source.type.quantization != nil }

  /// Whether it is the same along its first axis: exporters write what is repeated for each sample.
  var hasEqualRows: Bool {
    let values = floats
    let row = values.count / max(view.shape.first ?? 1, 1)
    return values.indices.allSatisfy { $0 < row || values[$0] == values[$0 - row] }
  }

  /// The single value of a tensor of one element.
  var scalar: Float? { view.count == 1 ? floats[0] : nil }

  /// The tensor with its axes in another order, as a constant of a shape with the same elements.
  func constant(_ order: [Int], shape: [Int]) -> Constant {
    let type = TensorType(shape, source.type.dtype, quantization: quantization(order, shape: shape))
    if view.significant(order) == view.significantOrder {
      return Constant(type, storage: source.storage, offset: source.offset)
    }
    // The stored axes of more than one element, and behind them as many of size 1 as the shape has.
    let stored = view.significantOrder
    var axes = view.significant(order).map { stored.firstIndex(of: $0)! }[...]
    var next = stored.count
    let permutation = shape.map { size in
      if size != 1 { return axes.removeFirst() }
      defer { next += 1 }
      return next
    }
    let sizes = stored.map { view.shape[$0] } + Array(repeating: 1, count: next - stored.count)
    let layout = Constant.StoredLayout(shape: sizes, permutation: permutation)
    return Constant(type, storage: source.storage, offset: source.offset, layout: layout)
  }

  /// The quantization of the tensor in another order of axes; a channel axis of size 1 is none.
  private func quantization(_ order: [Int], shape: [Int]) -> Quantization? {
    guard var q = source.type.quantization, let axis = q.axis else { return source.type.quantization }
    q.axis = nil
    guard q.scales.count > 1, let stored = storedAxes else { return q }
    let position = view.significant(order).firstIndex { stored[$0] == axis }
    let significant = shape.indices.filter { shape[$0] != 1 }
    q.axis = position.map { significant[$0] }
    return q
  }

  /// The order of axes that a constant in `order` has, in terms of the named tensor.
  func layout(_ order: [Int]) -> TensorLayout {
    guard let stored = storedAxes else {
      let axes = view.significantOrder
      let permutation = view.significant(order).map { axes.firstIndex(of: $0)! }
      return TensorLayout(shape: axes.map { view.shape[$0] }, permutation: permutation, fileShape: source.type.shape)
    }
    let matched = order.compactMap { stored[$0] }
    let others = source.type.shape.indices.filter { !matched.contains($0) }
    return TensorLayout(shape: source.type.shape, permutation: others + matched)
  }

  /// The axis of the named tensor that each logical axis is; nil where one was split or joined.
  private var storedAxes: [Int: Int]? {
    let own = source.type.shape
    let memory = view.memoryShape
    var axes: [Int: Int] = [:]
    var (i, j) = (0, 0)
    while i < own.count || j < memory.count {
      if i < own.count, j < memory.count, own[i] == memory[j] {
        axes[view.order[j]] = i
        (i, j) = (i + 1, j + 1)
      } else if j < memory.count, memory[j] == 1 {
        j += 1
      } else if i < own.count, own[i] == 1 {
        i += 1
      } else {
        return nil
      }
    }
    return axes
  }
}
