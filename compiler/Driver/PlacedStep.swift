import Differentiate
import IR
import Memory
import ONNX
import Operators
import Passes
import Report
import Runtime
import Schedule
import Select

/// Everything about a plan before it is bytes.
struct PlacedStep {
  let network: Network
  var train: Schedule
  let predict: Schedule
  let arena: ArenaPlan
  let variant: StepVariant
  /// What placed it, among other variants.
  var planner: StepPlanner?

  /// Places both programs over one arena, in the orders that the search found; where these leave gaps, those of the rules
  /// may take less.
  init(_ network: Network, _ variant: StepVariant) throws {
    let searched = try PlacedStep(network, variant, .search)
    guard searched.arena.arenaBytes > searched.bound else {
      self = searched
      return
    }
    let ruled = try PlacedStep(network, variant, .rules)
    self = ruled.arena.arenaBytes < searched.arena.arenaBytes ? ruled : searched
  }

  /// The same in the orders of the rules alone, which are found at once and may take more.
  static func quickly(_ network: Network, _ variant: StepVariant) throws -> PlacedStep {
    try PlacedStep(network, variant, .rules)
  }

  /// What the stages promise each other is checked on the way.
  private init(_ network: Network, _ variant: StepVariant, _ effort: OrderEffort) throws {
    self.network = network
    self.variant = variant
    (train, predict) = try variant.schedules(effort)
    try train.verify()
    try predict.verify()
    arena = try place([train, predict], control: variant.controlBytes(readsInPlace: variant.readsInPlace))
    try arena.check([train, predict])
  }

  /// Bytes that no placement of these orders can go below.
  private var bound: Int {
    arena.persistentBytes + max(train.peakBytes, predict.peakBytes) + arena.controlBytes
  }

  var training: TrainingGraph { variant.training }

  /// Parameters with the rows of the train program that read their gradients.
  var parameters: [PlanMetadata.Parameter] {
    var rows: [ValueID: Int] = [:]
    for (row, id) in train.order.enumerated() { rows[id] = row }
    let kinds = network.graph.layerKinds
    let scaled = network.graph.scaledLayers
    return training.parameters.map { parameter in
      let scales = scaled[parameter.name]
      let layout =
        scales == nil
        ? network.layout(of: parameter.name) : TensorLayout(rows: training.graph.type(parameter.value).count)
      return PlanMetadata.Parameter(
        name: parameter.name, variable: training.graph[parameter.value].name,
        kind: scales == nil ? kinds[parameter.name] ?? "weight" : "scale", scales: scales, shape: layout.shape,
        permutation: layout.permutation, fileShape: layout.fileShape,
        region: (parameter.region?.channels).map(\.bounds), rows: parameter.region?.rows.map(\.bounds),
        gradientRow: rows[parameter.consumer] ?? -1)
    }
  }

  /// What a plan of this is, alone or over an arena that it shares.
  func report(_ options: CompileOptions, policy name: String? = nil, over shared: ArenaPlan? = nil) throws -> PlanReport
  {
    var facts = PlanFacts()
    facts.capBytes = options.capBytes
    facts.residentBytes = residentBytes
    facts.patches = variant.stages
    facts.readsInPlace = variant.readsInPlace
    facts.oldWeights = variant.oldWeights
    facts.recomputation = variant.recomputation
    facts.codecs = variant.codecs
    facts.paging = variant.paging
    facts.trainedParameters = training.parameters.reduce(0) { $0 + training.graph.type($1.value).count }
    facts.trainedTensors = zip(training.parameters, parameters).map { trained, parameter in
      PlanReport.TrainedTensor(
        name: parameter.name, kind: parameter.kind, shape: parameter.shapeInFile, mode: trained.mode.rawValue,
        region: parameter.region, rows: parameter.rows, standsFor: network.meaning(of: parameter.name))
    }
    facts.untrained = network.untrained
    facts.output = network.output
    facts.notes = network.notes
    facts.variants = train.order.map { "\(train.graph.variant(of: $0, on: options.machine))" }
    let operators = (training.graph.nodes + predict.graph.nodes).filter { $0.op is any KernelOperator }
    facts.opcodes = Set(operators.map { type(of: $0.op).name }).sorted()
    facts.mode = options.mode.rawValue
    facts.policy = name ?? options.policy.name
    return try PlanReport(train, plan: shared ?? arena, facts: facts)
  }

  /// The step as a whole, and what each measure made of it.
  func savings() throws -> [PlanReport.Saving] {
    guard !variant.history.isEmpty else { return [] }
    let planner = planner ?? StepPlanner(network)
    var plans = try variant.history.map { try planner.planned($0.before) }
    plans.append(self)
    let whole = PlanReport.Saving(measure: PlanReport.whole, arenaBytes: plans[0].arena.arenaBytes, extraMacs: 0)
    return [whole]
      + zip(variant.history, zip(plans, plans.dropFirst())).map { step, pair in
        PlanReport.Saving(
          measure: step.measure, arenaBytes: pair.1.arena.arenaBytes,
          extraMacs: pair.1.variant.macs - pair.0.variant.macs)
      }
  }

  private var residentBytes: Int { bytesOfConstants([training.graph, predict.graph]) }
}

extension Range<Int> {
  fileprivate var bounds: [Int] { [lowerBound, upperBound] }
}

/// Bytes of the constants that programs read, each name once.
func bytesOfConstants(_ graphs: [Graph]) -> Int {
  var names: Set<String> = []
  return graphs.reduce(0) { sum, graph in
    graph.ids.reduce(sum) { sum, id in
      guard case .constant(let constant) = graph[id].definition, names.insert(graph[id].name).inserted else {
        return sum
      }
      return sum + constant.type.bytes
    }
  }
}

extension Graph {
  /// The kernel that the target should run an operation with.
  fileprivate func variant(of id: ValueID, on machine: TargetMachine) -> KernelVariant {
    guard let node = node(id), let kernel = node.op as? any KernelOperator else { return .plain }
    return kernel.variant(node.inputs.map(type), type(id), on: machine)
  }

  /// Name of each layer's tensor → what it is to its operator.
  fileprivate var layerKinds: [String: String] {
    var kinds: [String: String] = [:]
    for layer in layers {
      kinds[self[layer.weight].name] = layer.kind == .weighted ? "weight" : "scale"
      if let bias = layer.bias { kinds[self[bias].name] = "bias" }
    }
    return kinds
  }
}

extension Network {
  /// What a trained tensor stands for, where its values are not those of the file's tensor of that name.
  func meaning(of name: String) -> String? {
    if folded.contains(name) { return PlanReport.TrainedTensor.folded }
    return copies.contains(name) ? PlanReport.TrainedTensor.copy : nil
  }
}

extension PolicySource {
  /// The preset's name, or the path of the file.
  public var name: String {
    switch self {
    case .preset(let name): name
    case .document(_, let path): path
    }
  }

  /// - Throws: `PolicyError`.
  func policy(for graph: Graph) throws(PolicyError) -> UpdatePolicy {
    switch self {
    case .preset(let name): try .preset(name, for: graph)
    case .document(let bytes, let path):
      try UpdatePolicy(json: bytes, path: path).readingBrackets(in: graph.layers.map { graph[$0.weight].name })
    }
  }
}
