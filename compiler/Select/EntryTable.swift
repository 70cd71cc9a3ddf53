/// The entries of a policy, by what they match: thousands that are names are found without trying each.
struct EntryTable {
  private let entries: [UpdatePolicy.Entry]
  private let `default`: UpdatePolicy.Train
  /// Name → the last entry that is this name.
  private var named: [[UInt8]: Int] = [:]
  /// Entries that match more than one name.
  private var globs: [Int] = []

  init(_ policy: UpdatePolicy) {
    entries = policy.layers
    `default` = policy.default
    for (index, entry) in entries.enumerated() {
      if isName(entry.match) { named[Array(entry.match.utf8)] = index } else { globs.append(index) }
    }
  }

  /// The last entry that matches a weight.
  func entry(for name: String) -> UpdatePolicy.Entry? {
    let last = named[Array(name.utf8)] ?? -1
    let index = globs.last { $0 > last && globMatches(entries[$0].match, name) } ?? last
    return index < 0 ? nil : entries[index]
  }

  /// What happens to a layer; those of a branch go with the layer that it stands beside.
  func rule(for name: String) -> UpdatePolicy.Entry {
    if let layer = LiteBlock.layer(ofBranch: name), entry(for: layer)?.train == .liteResidual {
      return UpdatePolicy.Entry(match: escapeGlob(name), train: .full)
    }
    return entry(for: name) ?? UpdatePolicy.Entry(match: escapeGlob(name), train: `default`)
  }
}

extension UpdatePolicy {
  /// The entries that match none of these names.
  public func entries(outside names: [String]) -> [Entry] {
    let known = Set(names.map { Array($0.utf8) })
    return layers.filter { entry in
      isName(entry.match)
        ? !known.contains(Array(entry.match.utf8)) : !names.contains { globMatches(entry.match, $0) }
    }
  }
}
