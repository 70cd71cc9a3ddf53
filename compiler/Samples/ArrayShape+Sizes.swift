import Runtime

extension ArrayShape {
  /// Sizes of the axes.
  public var sizes: [Int] { (0..<axes).map { Int(self[$0]) } }
}

extension CompactShape {
  /// Sizes of the axes.
  public var sizes: [Int] { shape.sizes }
}
