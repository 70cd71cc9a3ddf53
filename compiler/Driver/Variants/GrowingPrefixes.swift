extension Array {
  /// The first 1, 2, 4, ... elements, and all of them last.
  var growingPrefixes: [ArraySlice<Element>] {
    sequence(first: 1) { $0 < self.count ? $0 * 2 : nil }.prefix(isEmpty ? 0 : .max).map { prefix($0) }
  }
}
