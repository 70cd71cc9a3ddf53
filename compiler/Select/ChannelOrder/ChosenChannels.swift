import IR

extension UpdatePolicy {
  /// The orders of channels in which every region that names channels, or a score for them, is the first ones; nil where no
  /// entry does.
  ///
  /// Layers that read the same channels share an order: that of the sum of their scores.
  /// - Throws: `PolicyError.badRegion` where an order is fixed, or where two layers ask for different channels.
  public func reordering(of graph: Graph) throws(PolicyError) -> Reordering? {
    let regions = try chosenRegions(in: graph)
    guard !regions.isEmpty else { return nil }
    let groups = ChannelGroups(graph)
    var totals: [ValueAxis: [Double]] = [:]
    var groupOf: [ValueAxis] = []
    for region in regions {
      guard let group = groups.group(ValueAxis(region.weight, 3)) else {
        throw .badRegion(
          tensor: graph[region.weight].name,
          reason: "its input channels cannot be reordered, as what reads or writes them needs them as they stand")
      }
      groupOf.append(group)
      totals[group] = zip(totals[group] ?? region.scores.map { _ in 0 }, region.scores).map { $0 + $1 }
    }
    let orders = totals.mapValues(\.bestFirst)
    for (region, group) in zip(regions, groupOf) {
      guard let channels = region.channels else { continue }
      guard Set(orders[group]!.prefix(channels.count)) == channels else {
        throw .badRegion(
          tensor: graph[region.weight].name,
          reason: "another layer reads the same channels and names others; name nested ones")
      }
    }
    try refuseMoved(graph, groups, orders)
    return Reordering(groups, orders)
  }

  /// Regions that name a range keep it, whatever other layers choose.
  private func refuseMoved(
    _ graph: Graph, _ groups: ChannelGroups, _ orders: [ValueAxis: [Int]]
  ) throws(PolicyError) {
    let table = EntryTable(self)
    for layer in graph.layers where layer.kind == .weighted {
      let name = graph[layer.weight].name
      guard let entry = table.entry(for: name), entry.train == .region else { continue }
      if let rows = try entry.rows(of: layer, graph, tensor: name),
        let order = groups.group(ValueAxis(layer.weight, 0)).flatMap({ orders[$0] }), Set(order[rows]) != Set(rows)
      {
        throw .badRegion(
          tensor: name, reason: "another layer chooses among the channels that these rows write; give it a range")
      }
      guard !entry.isChosen,
        let order = groups.group(ValueAxis(layer.weight, 3)).flatMap({ orders[$0] })
      else { continue }
      let region = try entry.region(of: order.count, tensor: name)
      guard Set(order[region]) == Set(region) else {
        throw .badRegion(
          tensor: name, reason: "another layer reads the same channels and chooses among them; choose here, too")
      }
    }
  }

  private struct ChosenRegion {
    let weight: ValueID
    /// Of each channel; they add up to 1.
    let scores: [Double]
    /// Those that the entry names.
    let channels: Set<Int>?
  }

  private func chosenRegions(in graph: Graph) throws(PolicyError) -> [ChosenRegion] {
    var regions: [ChosenRegion] = []
    let table = EntryTable(self)
    for layer in graph.layers where layer.kind == .weighted {
      let name = graph[layer.weight].name
      guard let entry = table.entry(for: name), entry.train == .region, entry.isChosen
      else { continue }
      let count = graph.type(layer.weight).shape[3]
      if let channels = entry.channels {
        let region = try entry.region(of: count, tensor: name)
        let scores = (0..<count).map { channels.contains($0) ? 1 / Double(region.count) : 0 }
        regions.append(ChosenRegion(weight: layer.weight, scores: scores, channels: Set(channels)))
      } else {
        guard entry.select == "norm" else { throw .unknownScore(tensor: name, name: entry.select ?? "") }
        regions.append(ChosenRegion(weight: layer.weight, scores: graph.channelNorms(layer.weight), channels: nil))
      }
    }
    return regions
  }
}

extension UpdatePolicy.Entry {
  /// Whether the channels of the region are others than a range of them.
  fileprivate var isChosen: Bool { channels != nil || select != nil && select != "first" }
}

extension Graph {
  /// Share of each input channel in the sum of squares of a weight.
  func channelNorms(_ weight: ValueID) -> [Double] {
    guard let constant = constant(weight) else { return [] }
    let shape = constant.type.shape
    let values = constant.type.dtype.isFloat ? constant.floats().map(Double.init) : constant.realValues()
    var squares = [Double](repeating: 0, count: shape[3])
    for (index, value) in values.enumerated() { squares[index % shape[3]] += value * value }
    let total = max(squares.reduce(0, +), .leastNormalMagnitude)
    return squares.map { $0 / total }
  }
}

extension Constant {
  /// Integers times their scales.
  fileprivate func realValues() -> [Double] {
    let integers = integers()
    guard let q = type.quantization, !q.scales.isEmpty else { return integers.map(Double.init) }
    guard let axis = q.axis else { return integers.map { Double($0) * Double(q.scales[0]) } }
    let inner = type.shape[(axis + 1)...].reduce(1, *)
    return integers.enumerated().map { Double($1) * Double(q.scales[$0 / inner % type.shape[axis]]) }
  }
}

extension [Double] {
  /// Indices from the largest number to the smallest; of equals, the first.
  public var bestFirst: [Int] { indices.sorted { (self[$1], $0) < (self[$0], $1) } }
}
