import IR

extension Exporter {
  /// Declares the shape of the samples that the network was trained with where the file fixes another; sizes that follow from
  /// it are left open.
  mutating func declareInput(_ shape: [Int], _ options: ExportOptions) {
    guard let position = graph.input.firstIndex(where: { index.initializers[$0.name] == nil }) else { return }
    let declared = graph.input[position].type.tensorType.shape.dim
    guard declared.count == shape.count else { return }
    let changed = declared.indices.dropFirst().filter {
      declared[$0].dimValue > 0 && Int(declared[$0].dimValue) != shape[$0]
    }
    guard !changed.isEmpty else { return }
    for axis in changed { graph.input[position].type.tensorType.shape.dim[axis].dimValue = Int64(shape[axis]) }
    graph.valueInfo = []
    for output in graph.output.indices {
      let axes = graph.output[output].type.tensorType.shape.dim.indices.dropFirst()
      let isTrained = graph.output[output].name == options.result ?? graph.output[0].name
      for axis in axes {
        graph.output[output].type.tensorType.shape.dim[axis].value = nil
        guard isTrained, axes.count == 1, let count = options.resultCount else { continue }
        graph.output[output].type.tensorType.shape.dim[axis].dimValue = Int64(count)
      }
    }
  }
}
