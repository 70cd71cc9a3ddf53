import IR

extension UpdatePolicy {
  /// What at least one of several policies trains, layer by layer; the policy itself where there is one.
  ///
  /// - Parameter policies: by the names of their plans.
  /// - Throws: `PolicyError.badRegion` where two train different parts of one tensor.
  public static func union(
    of policies: [(name: String, policy: UpdatePolicy)], in graph: Graph
  ) throws(PolicyError) -> UpdatePolicy {
    if policies.count == 1 { return policies[0].policy }
    let tables = policies.map { (plan: $0.name, entries: EntryTable($0.policy)) }
    var layers: [Entry] = []
    for layer in graph.layers {
      let name = graph[layer.weight].name
      var union: (plan: String, entry: Entry)?
      for (plan, entries) in tables {
        let entry = entries.rule(for: name)
        guard let known = union else {
          union = (plan, entry.explicit)
          continue
        }
        guard let both = known.entry.joined(entry.explicit) else {
          throw .badRegion(
            tensor: name,
            reason: "plans \(known.plan) and \(plan) train different parts of it; give both the same region")
        }
        union?.entry = both
      }
      guard var entry = union?.entry else { continue }
      entry.match = escapeGlob(name)
      layers.append(entry)
    }
    return UpdatePolicy(layers: layers)
  }
}

extension UpdatePolicy.Entry {
  /// The same with its word on the bias.
  fileprivate var explicit: Self {
    var entry = self
    entry.bias = trainsBias
    return entry
  }

  /// Whether the bias is trained, too.
  var trainsBias: Bool {
    switch train {
    case .frozen, .scale, .liteResidual: bias ?? false
    case .bias, .full, .region: bias ?? true
    }
  }

  /// What one of the two trains; nil where they train different parts.
  fileprivate func joined(_ other: Self) -> Self? {
    var result = trainsWeight ? self : other
    result.bias = trainsBias || other.trainsBias
    if !result.trainsWeight {
      result.train = result.bias == true ? .bias : .frozen
      (result.kernel, result.groups) = (nil, nil)
    }
    guard trainsWeight, other.trainsWeight else { return result }
    let isSame =
      train == other.train && inputChannels == other.inputChannels && rows == other.rows && ratio == other.ratio
      && select == other.select
      && channels.map { Set($0) } == other.channels.map { Set($0) }
    return isSame ? result : nil
  }

  private var trainsWeight: Bool { ![.frozen, .bias, .liteResidual].contains(train) }
}
