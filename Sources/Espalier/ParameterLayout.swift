import Driver
import IR
import ONNX
import Runtime

extension TensorLayout {
  /// Shape as the graph has it, in the order of its elements.
  var permutedShape: [Int] { permutation.map { shape[$0] } }

  /// The values of a tensor, given in the order of the graph, in the layout of the file; nil for another number of them.
  func inFile<Element: BitwiseCopyable>(_ values: [Element]) -> [Element]? {
    guard values.count == shape.reduce(1, *) else { return nil }
    var inverse = permutation
    for (axis, source) in permutation.enumerated() { inverse[source] = axis }
    let bytes = values.withUnsafeBytes { [UInt8]($0) }
    let width = MemoryLayout<Element>.size
    let stored = permute(bytes, shape: permutedShape, permutation: inverse, width: width)
    return stored.withUnsafeBytes { raw in
      values.indices.map { raw.loadUnaligned(fromByteOffset: width * $0, as: Element.self) }
    }
  }
}

extension PlanMetadata.Parameter {
  var layout: TensorLayout { TensorLayout(shape: shape, permutation: permutation) }

  /// Values in the layout of the file, out of those that the plan trains.
  ///
  /// - Parameters:
  ///   - values: the whole tensor or its trained region, in the order of the plan.
  ///   - outside: the whole tensor as it was imported, for what a region leaves out; nil is zero.
  ///   - order: the order of its channels in the plan; nil is that of the file.
  /// - Returns: nil where the numbers of values contradict each other.
  func inFile<Element: BitwiseCopyable & Numeric>(
    _ values: [Element], outside: [Element]? = nil, _ order: ChannelOrder? = nil
  ) -> [Element]? {
    guard let region else { return layout.inFile(order.map { $0.restored(values) } ?? values) }
    let count = shape.reduce(1, *)
    let sources = order?.sources ?? Array(0..<count)
    guard sources.count == count, let channels = layout.permutedShape.last, let outputs = layout.permutedShape.first
    else { return nil }
    let rows = rows ?? [0, outputs]
    guard region.isRange(within: channels), rows.isRange(within: outputs) else { return nil }
    let (width, pixels) = (region[1] - region[0], count / outputs / channels)
    guard values.count == (rows[1] - rows[0]) * pixels * width else { return nil }
    var full = outside ?? [Element](repeating: 0, count: count)
    guard full.count == count else { return nil }
    for (row, pixel) in (rows[0] * pixels..<rows[1] * pixels).enumerated() {
      for index in 0..<width { full[sources[pixel * channels + region[0] + index]] = values[row * width + index] }
    }
    return layout.inFile(full)
  }
}

extension [Int] {
  fileprivate func isRange(within end: Int) -> Bool {
    count == 2 && 0 <= self[0] && self[0] < self[1] && self[1] <= end
  }
}

extension ChannelOrder {
  /// Values in the order of the plan as they were imported; those of another number stay as they are.
  func restored<Element: BitwiseCopyable>(_ values: [Element]) -> [Element] {
    guard let sources, sources.count == values.count else { return values }
    var restored = values
    for (index, source) in sources.enumerated() { restored[source] = values[index] }
    return restored
  }
}

extension Elements<Float> {
  var array: [Float] { (0..<count).map { self[$0] } }

  /// The numbers of one sample of a batch.
  func row(_ index: Int, of width: Int) -> Elements<Float> { from(index * width).first(width) }
}
