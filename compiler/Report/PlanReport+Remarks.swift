extension PlanReport {
  /// What a reader should know beside the figures, a line each: what was chosen for them, what is not trained, and what
  /// stands for something else.
  ///
  /// - Parameter all: a line for every tensor; else tensors of which the same is true share one.
  public func remarks(all: Bool) -> [String] {
    var lines = notes.map { "note: \($0)" }
    let groups = all ? untrained.map { ([$0.name], $0.reason) } : untrained.byReason.map { ($0.names, $0.reason) }
    let shown = all ? groups[...] : groups.prefix(10)
    lines += shown.map { names, reason in
      let (verb, subject) = names.count == 1 ? ("is", "it") : ("are", "each")
      return "note: \(named(names)) \(verb) not trained: \(subject) \(reason)"
    }
    let hidden = groups[shown.endIndex...].reduce(0) { $0 + $1.0.count }
    if hidden > 0 { lines.append("note: \(grouped(hidden)) more tensors are not trained; --verbose names them") }
    let standIns = trainedTensors.compactMap { tensor in
      tensor.standsFor.map { StandIn(name: tensor.name, standsFor: $0) }
    }
    for (names, meaning) in standIns.byMeaning { lines.append("note: \(named(names)): trained is \(meaning)") }
    return lines
  }
}

extension [PlanReport.Untrained] {
  /// The names of all that a reason is true of, in the order of the first of them.
  public var byReason: [(names: [String], reason: String)] {
    grouping(map { ($0.name, $0.reason) }).map { (names: $0.names, reason: $0.text) }
  }
}

extension [PlanReport.StandIn] {
  /// The names of all that stand for the same.
  public var byMeaning: [(names: [String], meaning: String)] {
    grouping(map { ($0.name, $0.standsFor) }).map { (names: $0.names, meaning: $0.text) }
  }
}

/// Names with equal texts together, in the order of the first of them.
private func grouping(_ entries: [(name: String, text: String)]) -> [(names: [String], text: String)] {
  var places: [String: Int] = [:]
  var groups: [(names: [String], text: String)] = []
  for (name, text) in entries {
    if let place = places[text] {
      groups[place].names.append(name)
    } else {
      places[text] = groups.count
      groups.append(([name], text))
    }
  }
  return groups
}

/// The first names, and how many there are beside them.
public func named(_ names: [String]) -> String {
  let rest = names.count > 3 ? " and \(grouped(names.count - 2)) more" : ""
  return names.prefix(rest.isEmpty ? 3 : 2).joined(separator: ", ") + rest
}
