import IR

/// An operator whose weight can be trained on a range of channels while the rest stays frozen.
public protocol RegionTrainable: Operator {
  /// The same operator with one more operand behind the others: the weights of `region`, `[…, region.count]`.
  func training(region: Range<Int>) -> Self
}
