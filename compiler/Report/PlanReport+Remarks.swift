extension PlanReport {
  /// What a reader should know beside the figures, a line each: what was chosen for them, and what is not trained.
  ///
  /// - Parameter all: every tensor that is not trained, and what folding made.
  public func remarks(all: Bool) -> [String] {
    var lines = notes.map { "note: \($0)" }
    let shown = all ? untrained[...] : untrained.prefix(10)
    lines += shown.map { "note: \($0.name) is not trained: it \($0.reason)" }
    let hidden = untrained.count - shown.count
    if hidden > 0 { lines.append("note: \(grouped(hidden)) more tensors are not trained; --verbose names them") }
    for meaning in [TrainedTensor.copy] + (all ? [TrainedTensor.folded] : []) {
      let names = trainedTensors.filter { $0.standsFor == meaning }.map(\.name)
      guard let first = names.first else { continue }
      let rest = names.count > 1 ? " and \(grouped(names.count - 1)) more" : ""
      lines.append("note: \(first)\(rest): trained is \(meaning)")
    }
    return lines
  }
}
