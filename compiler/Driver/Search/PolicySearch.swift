import IR
import ONNX
import Operators
import Runtime
import Select

/// The plans of one network under all policies that its layers' choices make; what was planned once is remembered.
///
/// The last layer is always trained whole.
public final class PolicySearch {
  public private(set) var layers: [LayerChoices]
  /// The layer that is always trained.
  public let head: String
  let prices: PriceList
  private let network: Network
  private let options: CompileOptions
  private var known: [[Int]: PlanFigures] = [:]
  /// Bytes of the smallest arena of the head alone, once it is known.
  var smallest: Int?
  /// Plans that were made.
  public private(set) var plans = 0

  /// - Throws: as `compile`, but for the cap.
  public convenience init(_ model: ONNXModel, _ options: CompileOptions) throws {
    try self.init(Network(model, options), options)
  }

  /// The plans of a traced network.
  ///
  /// - Throws: as `compile`, but for the cap.
  public convenience init(traced graph: Graph, _ options: CompileOptions) throws {
    try self.init(Network(traced: graph), options)
  }

  private init(_ network: Network, _ options: CompileOptions) throws {
    try options.validate()
    try options.expectOnePlan()
    // Costs are those of values that stay where they are.
    var options = options
    (options.recompute, options.codec, options.paging) = (.none, .none, .none)
    self.options = options
    let network = try network.headed(options).inMode(options.mode)
    self.network = network
    let graph = network.graph
    let all = graph.layers
    guard let last = all.last(where: { $0.kind == .weighted }) else { throw PolicyError.nothingTrained }
    let before = all.prefix { $0.node < last.node }
    let layers = before.map { LayerChoices($0, in: graph) }
    let head = graph[last.weight].name
    (self.layers, self.head) = (layers, head)
    let inputs = before.map { graph.content(of: graph.node($0.node)!.inputs[0]) }
    let chosen = options
    prices = try PriceList(layers, sharing: inputs.map { input in inputs.count { $0 == input } }) { choices in
      let policy = UpdatePolicy(head: head, choices.sorted { $0.key < $1.key }.map { layers[$0.key].entries[$0.value] })
      return try network.derived(policy, chosen).lowered(chosen)
    }
  }

  /// Lets regions be the channels that are worth most; layers that read the same ones go by the sum of theirs.
  ///
  /// - Parameter scores: weight of the layer → what each channel is worth.
  public func chooseChannels(_ scores: [String: [Double]]) {
    let graph = network.graph
    let groups = ChannelGroups(graph)
    var members: [ValueAxis: [Int]] = [:]
    for (index, layer) in layers.enumerated() where layer.channels > 1 && scores[layer.name]?.count == layer.channels {
      guard let weight = graph.value(named: layer.name), let group = groups.group(ValueAxis(weight, 3)) else {
        continue
      }
      members[group, default: []].append(index)
    }
    for indices in members.values {
      let totals = (0..<layers[indices[0]].channels).map { channel in
        indices.reduce(0) { $0 + scores[layers[$1].name]![channel] }
      }
      for index in indices { layers[index].take(totals.bestFirst) }
    }
  }

  public func policy(_ choices: [Int]) -> UpdatePolicy {
    UpdatePolicy(head: head, zip(layers, choices).compactMap { $1 > 0 ? $0.entries[$1] : nil })
  }

  /// A preset's policy for this network.
  ///
  /// - Throws: `PolicyError`.
  public func preset(_ name: String) throws(PolicyError) -> UpdatePolicy { try .preset(name, for: network.graph) }

  /// Names of what a policy trains, in their order; nil where that is parts of tensors.
  public func wholeTensors(_ policy: UpdatePolicy) throws(PolicyError) -> [String]? {
    let selection = try policy.resolve(in: network.graph)
    guard selection.regions.isEmpty else { return nil }
    return selection.full.map { network.graph[$0].name }.sorted()
  }

  /// Whether a layer can be trained in this way.
  public func isPossible(_ layer: Int, _ choice: Int) -> Bool { prices.prices[layer][choice] != nil }

  /// What the plan of these choices takes, with the cheapest way to compute its step that fits under a cap.
  func figures(_ choices: [Int], cap: Int?) throws -> PlanFigures {
    if let figures = known[choices], figures.arenaBytes <= cap ?? .max { return figures }
    let figures = try figures(policy(choices), cap: cap)
    known[choices] = figures
    return figures
  }

  /// What the plan of a policy takes.
  ///
  /// - Throws: as `compile`, but for the cap.
  public func figures(_ policy: UpdatePolicy, cap: Int?) throws -> PlanFigures {
    plans += 1
    let options = options(cap)
    let network = try network.reordered(for: policy)
    let whole = try network.derived(policy, options).lowered(options)
    let planned = try chooseVariant(whole, options) { try Planned(network, policy, $0) }
    let image = PlannedImage(planned, policy: options.policy.name)
    let reports = try image.reports(options)
    return PlanFigures(
      arenaBytes: reports.image.arenaBytes, stepMacs: planned.variant.macs,
      flashBytes: try emit(image, options, reports).bytes.count + checkpointBytes(planned.arena.persistentBytes),
      trainedParameters: reports.image.trainedParameters)
  }

  /// Whether a plan of these choices fits under a budget, found out with as little as that takes.
  func fits(_ choices: [Int], _ budget: Budget) throws -> Bool {
    if let figures = known[choices], budget.fits(figures) { return true }
    if budget.macs == nil, budget.flashBytes == nil, let cap = budget.arenaBytes {
      // Which channels are trained changes no sizes, so that they need not be moved.
      let policy = policy(choices)
      let whole = try network.derived(policy, options).lowered(options)
      if try Planned.quickly(network, policy, whole).arena.arenaBytes <= cap { return true }
      if try SizedVariant(whole).sizes().settled > cap + cap / 4 { return false }
      plans += 1
      return try chooseVariant(whole, options(cap)) { try Planned(self.network, policy, $0) }.arena.arenaBytes <= cap
    }
    return budget.fits(try figures(choices, cap: budget.arenaBytes))
  }

  private func options(_ cap: Int?) -> CompileOptions {
    var options = options
    options.cap = cap.map(MemoryCap.bytes) ?? .none
    return options
  }
}

extension UpdatePolicy {
  /// Trains a head whole, and other layers by these entries.
  fileprivate init(head: String, _ entries: [Entry]) {
    self.init(layers: entries + [Entry(match: escapeGlob(head), train: .full)])
  }
}
