import Differentiate
import IR
import Passes
import Select

extension Pipeline {
  static var select: Stage<Network, Plans<UpdatePolicy>> {
    Stage(
      name: .select,
      run: { network, request in
        let options = request.options
        let entries = options.plans?.plans ?? [.init(name: "", policy: options.policy)]
        return Plans(
          network: network,
          members: try entries.map { entry in
            .init(name: entry.name, policy: entry.policy.name, value: try entry.policy.policy(for: network.graph))
          })
      },
      check: { plans, request in
        let sources = request.options.plans?.plans.map(\.policy) ?? [request.options.policy]
        for (source, policy) in zip(sources, plans.values) {
          do {
            try plans.network.expectTrainable(policy)
            _ = try policy.resolve(in: plans.network.graph)
          } catch let error as PolicyError {
            guard case .document(_, let path) = source else { throw error }
            throw PolicyError.inFile(path: path, error)
          }
        }
      },
      text: { plans, request in
        let json = request.options.plans?.json(plans.values) ?? plans.values[0].json()
        return String(decoding: json, as: UTF8.self) + "\n"
      })
  }

  static var differentiate: Stage<Plans<UpdatePolicy>, Plans<JointGraphs>> {
    Stage(
      name: .differentiate, run: { plans, request in try plans.derived(request.options) },
      check: { plans, _ in for step in plans.values { try step.training.verify() } },
      text: { plans, _ in plans.text { $0.training.graph.text() } })
  }

  static var passes: Stage<Plans<JointGraphs>, Plans<StepVariant>> {
    Stage(
      name: .passes,
      run: { plans, request in
        let formats = { layer in plans.network.gradientFormat(layer, request.options.mode) }
        return plans.with(withUnionOfVariables(try plans.values.map { try $0.lowered(formats) }))
      },
      check: { plans, _ in for step in plans.values { try step.training.verify() } },
      text: { plans, _ in plans.text { $0.training.graph.text() } })
  }
}

extension Plans<UpdatePolicy> {
  /// A step for each policy, over the variables of their union.
  fileprivate func derived(_ options: CompileOptions) throws -> Plans<JointGraphs> {
    let union = try UpdatePolicy.union(of: members.map { ($0.name, $0.value) }, in: network.graph)
    // Channels that policies choose come first, so that they are trained as dense as any.
    var plans = self
    plans.network = try network.reordered(for: union)
    let graph = plans.network.graph
    let (promotedGraph, promoted) = try graph.promoting(union.resolve(in: graph))
    // What is trained must find its way back into the file.
    if let lost = promoted.first(where: { network.origins.unwritable.contains($0.name) }) {
      throw ModelError.noPlace(path: network.reference?.path ?? "the network", tensor: lost.name)
    }
    return try plans.map { policy in
      let names = try policy.resolve(in: graph).names(in: graph)
      return try options.derived(promotedGraph, promoted.filter { names.contains($0.name) })
    }
  }
}

extension JointGraphs {
  /// The step as it is planned.
  ///
  /// - A bit for each activation that backward needs no more of.
  /// - Gradients of integer layers get their formats, each written once with mask and scales.
  /// - Gradients of weights that only the update reads are computed in parts inside of it.
  /// - In-place depthwise layers, where no other node reads their input later.
  fileprivate func lowered(_ format: @escaping (String) -> DType) throws -> StepVariant {
    let step = try training.maskingActivations().formattingGradients(format).fusingUpdates().reusingWindows()
    return StepVariant(step, try inference.reusingWindows())
  }
}

/// The steps with the variables of all in each: what one remembers, no other writes over.
private func withUnionOfVariables(_ steps: [StepVariant]) -> [StepVariant] {
  var variables: [Value] = []
  var seen: Set<String> = []
  for graph in steps.map(\.training.graph) {
    for id in graph.ids {
      if graph.isVariable(id), seen.insert(graph[id].name).inserted { variables.append(graph[id]) }
    }
  }
  return steps.map { step in
    var result = step
    let graph = step.training.graph
    let known = Set(graph.ids.filter(graph.isVariable).map { graph[$0].name })
    for value in variables where !known.contains(value.name) {
      guard case .variable(let constant) = value.definition else { continue }
      result.training.graph.variable(value.name, constant, kind: value.kind)
    }
    return result
  }
}
