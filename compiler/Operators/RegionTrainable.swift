import IR

/// An operator whose weight can be trained on a range of channels while the rest stays frozen.
public protocol RegionTrainable: Operator {
  /// The same operator with one more operand behind the others: the weights of `region`, `[…, region.count]`.
  func training(region: Range<Int>) -> Self
}

extension Conv: RegionTrainable {
  /// Only convolutions of one group take a region; `infer` refuses the others.
  public func training(region: Range<Int>) -> Conv {
    Conv(sliding, groups: groups, hasBias: hasBias, region: region)
  }
}

extension DepthwiseConv: RegionTrainable {
  /// Only one output for each input channel takes a region; `infer` refuses the others.
  public func training(region: Range<Int>) -> DepthwiseConv {
    DepthwiseConv(sliding, hasBias: hasBias, region: region)
  }
}

extension QuantizedConv: RegionTrainable {
  /// Only convolutions of one group take a region; `infer` refuses the others.
  public func training(region: Range<Int>) -> QuantizedConv {
    QuantizedConv(sliding, groups: groups, hasBias: hasBias, region: region, output: output)
  }
}

extension QuantizedDepthwise: RegionTrainable {
  /// Only one output for each input channel takes a region; `infer` refuses the others.
  public func training(region: Range<Int>) -> QuantizedDepthwise {
    QuantizedDepthwise(sliding, hasBias: hasBias, region: region, output: output)
  }
}
