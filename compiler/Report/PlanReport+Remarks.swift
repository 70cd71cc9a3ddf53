extension PlanReport {
  /// What a reader should know beside the figures, a line each: what was chosen for them, and what is not trained.
  ///
  /// - Parameter all: every tensor that is not trained, not the first ones only.
  public func remarks(all: Bool) -> [String] {
    var lines = notes.map { "note: \($0)" }
    let shown = all ? untrained[...] : untrained.prefix(10)
    lines += shown.map { "note: \($0.name) is not trained: it \($0.reason)" }
    let hidden = untrained.count - shown.count
    if hidden > 0 { lines.append("note: \(grouped(hidden)) more tensors are not trained; --verbose names them") }
    let others = trainedTensors.filter { $0.standsFor != nil }
    for meaning in Set(others.compactMap(\.standsFor)).sorted() {
      let names = others.filter { $0.standsFor == meaning }.map(\.name)
      let rest = names.count > 1 ? " and \(grouped(names.count - 1)) more" : ""
      lines.append("note: \(names[0])\(rest): trained is \(meaning)")
    }
    return lines
  }
}
