import IR

/// A gradient dx = dy where low < y < high, else slope·dy, with operands (dy, y): one bit of y is all it needs.
///
/// For finite y, `BitMask` and `MaskGrad` give the same bits.
public protocol MaskableGradient: Operator {
  var low: Double { get }
  var high: Double { get }
  var slope: Double { get }
}

extension ReluGrad: MaskableGradient {
  public var low: Double { 0 }
  public var high: Double { .infinity }
  public var slope: Double { 0 }
}

extension LeakyReluGrad: MaskableGradient {
  public var low: Double { 0 }
  public var high: Double { .infinity }
  public var slope: Double { alpha }
}

extension ClipGrad: MaskableGradient {
  public var low: Double { min }
  public var high: Double { max }
  public var slope: Double { 0 }
}
