/// Parameters of the classification kernels: rows x classes logits, one label per row.
public struct ClassParameters: KernelParameters {
  public enum Kind: Int32, Sendable {
    /// Operands: one number, logits, labels.
    case loss = 0
    /// Operands: gradient of the logits, logits, labels, seed.
    case gradient = 1
    /// Operands: one integer, logits, labels.
    case count = 2
  }

  public var rows: Int32
  public var classes: Int32
  /// Raw value of `Kind`.
  public var kind: Int32
  public var smoothing: Float

  public init(rows: Int, classes: Int, kind: Kind, smoothing: Float = 0) {
    self.rows = Int32(rows)
    self.classes = Int32(classes)
    self.kind = kind.rawValue
    self.smoothing = smoothing
  }

  public var operandCount: Int { kind == Kind.gradient.rawValue ? 4 : 3 }

  public func extent(of index: Int) -> Int? {
    guard let kind = Kind(rawValue: kind) else { return nil }
    switch index {
    case 0: return kind == .gradient ? (Extent() * rows * classes).value : 1
    case 1: return (Extent() * rows * classes).value
    case 2: return (Extent() * rows).value
    case 3: return kind == .gradient ? 1 : nil
    default: return nil
    }
  }

  public func isValid(for opcode: OpCode) -> Bool {
    switch opcode {
    case .softmaxCrossEntropy: kind == Kind.loss.rawValue
    case .softmaxCrossEntropyGrad: kind == Kind.gradient.rawValue
    default: kind == Kind.count.rawValue
    }
  }

  public func type(of index: Int) -> OperandType {
    index == 2 || (index == 0 && kind == Kind.count.rawValue) ? .element(.i32) : .scalar
  }
}

/// Mean over the rows of −Σ q·log softmax(x), q = (1 − smoothing)·onehot + smoothing/classes.
///
/// A row whose label is no class adds nothing to the sum.
func softmaxCrossEntropy<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ClassParameters.self)
  let x = call.elements(1, S.self)
  let labels = call.elements(2, Int32.self)
  let classes = Int(p.classes)
  let smoothing = S(p.smoothing)
  var loss: S = 0
  for row in 0..<Int(p.rows) {
    let label = labels[row]
    guard label >= 0 && label < p.classes else { continue }
    let first = row &* classes
    let largest = maximum(x, first, classes)
    var total: S = 0
    var shifted: S = 0
    for i in 0..<classes {
      let d = x[first &+ i] - largest
      total += exponential(d)
      shifted += d
    }
    let right = x[first &+ Int(label)] - largest
    loss += S.log(total) - (1 - smoothing) * right - smoothing * shifted / S(Int(p.classes))
  }
  call.elements(0, S.self)[0] = loss / S(Int(p.rows))
}

/// dx = seed · (softmax(x) − q) / rows; dx may be x.
func softmaxCrossEntropyGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ClassParameters.self)
  let dx = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let labels = call.elements(2, Int32.self)
  let factor = call.elements(3, S.self)[0] / S(Int(p.rows))
  let classes = Int(p.classes)
  let smoothing = S(p.smoothing)
  for row in 0..<Int(p.rows) {
    let label = labels[row]
    let first = row &* classes
    guard label >= 0 && label < p.classes else {
      for i in 0..<classes { dx[first &+ i] = 0 }
      continue
    }
    let largest = maximum(x, first, classes)
    var total: S = 0
    for i in 0..<classes {
      let e = exponential(x[first &+ i] - largest)
      dx[first &+ i] = e
      total += e
    }
    let each = smoothing / S(Int(p.classes))
    for i in 0..<classes { dx[first &+ i] = (dx[first &+ i] / total - each) * factor }
    dx[first &+ Int(label)] -= (1 - smoothing) * factor
  }
}

/// One for the loss and its gradient: a few logits a sample are not worth two of them.
#if hasFeature(Embedded)
  @inline(never)
#else
  @inline(__always)
#endif
private func exponential<S: KernelScalar>(_ x: S) -> S { S.exp(x) }

/// Rows whose largest logit, the first of equals, stands at the label.
func countCorrect<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ClassParameters.self)
  let x = call.elements(1, S.self)
  let labels = call.elements(2, Int32.self)
  let classes = Int(p.classes)
  var correct: Int32 = 0
  for row in 0..<Int(p.rows) {
    let first = row &* classes
    var best = 0
    for i in 1..<max(1, classes) where x[first &+ i] > x[first &+ best] { best = i }
    if Int(labels[row]) == best { correct &+= 1 }
  }
  call.elements(0, Int32.self)[0] = correct
}
