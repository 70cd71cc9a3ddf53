import IR

/// An operator whose weight can be trained on a range of channels while the rest stays frozen.
public protocol RegionTrainable: Operator {
  /// Whether a region may have some outputs only.
  static var hasRows: Bool { get }
  /// The same operator with one more operand behind the others: the weights of `region`, `[rows,…,channels]`.
  func training(region: WeightRegion) -> Self
}

extension Conv: RegionTrainable {
  public static var hasRows: Bool { true }
  /// Only convolutions of one group take a region; `infer` refuses the others.
  public func training(region: WeightRegion) -> Conv {
    Conv(sliding, groups: groups, hasBias: hasBias, region: region.channels, rows: region.rows)
  }
}

extension DepthwiseConv: RegionTrainable {
  public static var hasRows: Bool { false }
  /// Only one output for each input channel takes a region; `infer` refuses the others.
  public func training(region: WeightRegion) -> DepthwiseConv {
    DepthwiseConv(sliding, hasBias: hasBias, region: region.channels)
  }
}

extension QuantizedConv: RegionTrainable {
  public static var hasRows: Bool { true }
  /// Only convolutions of one group take a region; `infer` refuses the others.
  public func training(region: WeightRegion) -> QuantizedConv {
    QuantizedConv(
      sliding, groups: groups, hasBias: hasBias, region: region.channels, rows: region.rows, output: output)
  }
}

extension QuantizedDepthwise: RegionTrainable {
  public static var hasRows: Bool { false }
  /// Only one output for each input channel takes a region; `infer` refuses the others.
  public func training(region: WeightRegion) -> QuantizedDepthwise {
    QuantizedDepthwise(sliding, hasBias: hasBias, region: region.channels, output: output)
  }
}
