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
  private let request: CompileRequest
  private var known: [[Int]: PlanFigures] = [:]
  /// Bytes of the smallest arena of the head alone, once it is known.
  var smallest: Int?
  /// Plans that were made.
  public private(set) var plans = 0

  /// - Throws: as `compile`, but for the cap.
  public convenience init(_ model: ONNXModel, _ options: CompileOptions) throws {
    try self.init(CompileRequest(model, options))
  }

  /// The plans of a traced network.
  ///
  /// - Throws: as `compile`, but for the cap.
  public convenience init(traced graph: Graph, _ options: CompileOptions) throws {
    try self.init(CompileRequest(traced: graph, options))
  }

  private init(_ request: CompileRequest) throws {
    var options = request.options
    try options.validate()
    try options.expectOnePlan()
    // Costs are those of values that stay where they are; what is trained is what the search finds.
    (options.recompute, options.codec, options.paging) = (.none, .none, .none)
    options.policy = .preset("full")
    let request = request.with(options)
    self.request = request
    let network = try Pipeline.network.run((), request)
    self.network = network
    let graph = network.graph
    let all = graph.layers
    guard let last = all.last(where: { $0.kind == .weighted }) else { throw PolicyError.nothingTrained }
    let before = all.prefix { $0.node < last.node }
    let layers = before.map { LayerChoices($0, in: graph) }
    let head = graph[last.weight].name
    (self.layers, self.head) = (layers, head)
    let inputs = before.map { graph.content(of: graph.node($0.node)!.inputs[0]) }
    prices = try PriceList(layers, sharing: inputs.map { input in inputs.count { $0 == input } }) { choices in
      let policy = UpdatePolicy(head: head, choices.sorted { $0.key < $1.key }.map { layers[$0.key].entries[$0.value] })
      return try network.steps(policy, request).values[0]
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
    let request = request(cap)
    // The smallest way that was found is an answer, too, where it is above the cap.
    let scheduled = try Pipeline.schedule.run(network.steps(policy, request), request)
    let planned = scheduled.values[0]
    let compilation = try Stages(Pipeline.emit).run(Pipeline.place.run(scheduled, request), request)
    return PlanFigures(
      arenaBytes: compilation.report.arenaBytes, stepMacs: planned.variant.macs,
      flashBytes: compilation.image.count + checkpointBytes(planned.arena.persistentBytes),
      trainedParameters: compilation.report.trainedParameters)
  }

  /// Whether a plan of these choices fits under a budget, found out with as little as that takes.
  func fits(_ choices: [Int], _ budget: Budget) throws -> Bool {
    if let figures = known[choices], budget.fits(figures) { return true }
    if budget.macs == nil, budget.flashBytes == nil, let cap = budget.arenaBytes {
      let request = request(cap)
      let steps = try network.steps(policy(choices), request)
      let whole = steps.values[0]
      if try PlacedStep.quickly(steps.network, whole).arena.arenaBytes <= cap { return true }
      if try SizedVariant(whole).sizes().peakOutsidePatches > cap + cap / 4 { return false }
      plans += 1
      return try Pipeline.schedule.run(steps, request).values[0].arena.arenaBytes <= cap
    }
    return budget.fits(try figures(choices, cap: budget.arenaBytes))
  }

  private func request(_ cap: Int?) -> CompileRequest {
    var options = request.options
    options.cap = cap.map(MemoryCap.bytes) ?? .none
    return request.with(options)
  }
}

extension Network {
  /// The training step of what a policy trains.
  func steps(_ policy: UpdatePolicy, _ request: CompileRequest) throws -> Plans<StepVariant> {
    try Pipeline.steps.run(Plans(self, policy: request.options.policy.name, policy), request)
  }
}

extension UpdatePolicy {
  /// Trains a head whole, and other layers by these entries.
  fileprivate init(head: String, _ entries: [Entry]) {
    self.init(layers: entries + [Entry(match: escapeGlob(head), train: .full)])
  }
}
