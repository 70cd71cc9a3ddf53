/// Kind of a value in training: weight, optimizer state, gradient, label. Names say nothing, so that tensors may be
/// called anything.
public enum ValueKind: Hashable, Sendable {
  /// A tensor of the network, or what is computed of it.
  case tensor
  /// A tensor that training changes.
  case weight
  /// Right answers of the batch: an input.
  case label
  /// What an optimizer remembers of a tensor between updates.
  case state(of: String)
  /// What a layer's gradients came to in the steps before.
  case range(of: String)
  /// What the spike guard remembers of the loss.
  case lossState
  /// Scales of a layer's weight, as one of its operations reads them.
  case scale(ScaleUse, of: String)
  /// The gradient of what a layer gives.
  case gradient(of: String)
}

/// What reads the scales of an integer layer.
public enum ScaleUse: String, Sendable, CaseIterable {
  /// The gradient of the layer's result: it is multiplied with them.
  case fold
  /// The gradients of weight and bias: integer sums are divided by them.
  case weight, bias
  /// The update of the weight.
  case update
  /// A dequantization of the tensor.
  case dequantize
}

extension ValueKind {
  /// Whether a variable of this kind is nothing that a network computes with.
  public var isState: Bool {
    switch self {
    case .state, .range, .lossState: true
    case .tensor, .weight, .label, .scale, .gradient: false
    }
  }
}

extension ValueKind: CustomStringConvertible {
  /// As it stands in the text form; nothing for ordinary tensors.
  public var description: String {
    switch self {
    case .tensor: ""
    case .weight: "weight"
    case .label: "label"
    case .state(let tensor): "state(\(quoted(tensor)))"
    case .range(let layer): "range(\(quoted(layer)))"
    case .lossState: "loss_state"
    case .scale(let use, let layer): "scale(\(use.rawValue), \(quoted(layer)))"
    case .gradient(let layer): "gradient(\(quoted(layer)))"
    }
  }
}

extension TextScanner {
  /// The kind of a value: what stands between its name and its type.
  mutating func kind() throws(TextError) -> ValueKind {
    if isNext(0x3a) { return .tensor }
    switch try word() {
    case "weight": return .weight
    case "label": return .label
    case "loss_state": return .lossState
    case "state": return .state(of: try name())
    case "range": return .range(of: try name())
    case "gradient": return .gradient(of: try name())
    case "scale":
      try expect("(")
      let word = try word()
      guard let use = ScaleUse(rawValue: word) else { throw error("nothing reads scales as '\(word)'") }
      try expect(",")
      let layer = try string()
      try expect(")")
      return .scale(use, of: layer)
    case let word: throw error("'\(word)' is no kind of value")
    }
  }

  private mutating func name() throws(TextError) -> String {
    try expect("(")
    let name = try string()
    try expect(")")
    return name
  }
}
