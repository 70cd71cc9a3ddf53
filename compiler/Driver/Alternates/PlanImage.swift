import Differentiate
import IR
import Passes
import Select

/// The stages from the model to the arena, for one plan or several.
func planImage(
  _ load: (CompileOptions) throws -> Network, _ options: CompileOptions, stop: CompileStage? = nil
) throws -> Planning<PlannedImage> {
  if let schedule = options.plans { return try planSchedule(load, options, schedule, stop: stop) }
  switch try plan(load, options, stop: stop) {
  case .stopped(let text): return .stopped(text)
  case .planned(let planned): return .planned(PlannedImage(planned, policy: options.policy.name))
  }
}

/// Several plans: what one of them trains is a variable in all, and each derives a step of its own.
private func planSchedule(
  _ load: (CompileOptions) throws -> Network, _ options: CompileOptions, _ schedule: PlanSchedule,
  stop: CompileStage?
) throws -> Planning<PlannedImage> {
  var network: Network
  switch try loadNetwork(load, options, schedule.plans.map(\.policy), stop: stop) {
  case .stopped(let text): return .stopped(text)
  case .planned(let loaded): network = loaded
  }
  let names = schedule.plans.map(\.name)
  let policies = try schedule.plans.map { try $0.policy.policy(for: network.graph) }
  if stop == .select { return .stopped(String(decoding: schedule.json(policies), as: UTF8.self) + "\n") }
  let union = try UpdatePolicy.union(of: Array(zip(names, policies)), in: network.graph)
  network = try network.reordered(for: union)
  let derived = try network.derived(policies, union, options)
  if stop == .differentiate { return .stopped(texts(names, derived.map(\.training.graph))) }
  let steps = try holdingAlike(derived.map { try $0.lowered(options) })
  if stop == .passes { return .stopped(texts(names, steps.map(\.training.graph))) }
  var options = options
  options.samples = try options.samplesOfAll
  let members = try zip(zip(schedule.plans, policies), steps).map { plan, step in
    let (entry, policy) = plan
    let planned = try chooseVariant(step, options) { [network] in try Planned(network, policy, $0) }
    return PlannedImage.Member(name: entry.name, policy: entry.policy.name, planned: planned)
  }
  return .planned(try PlannedImage(members, turns: schedule.turns))
}

extension CompileOptions {
  /// Where samples lie is one thing for all plans, and not all of them can read them there.
  fileprivate var samplesOfAll: SampleOption {
    get throws(OptionError) {
      guard samples != .inPlace else {
        throw OptionError(option: "samples", value: samples.rawValue, expected: "auto or copied beside --plans")
      }
      return .copied
    }
  }
}

extension Network {
  /// A step for each policy, over the variables of their union.
  fileprivate func derived(
    _ policies: [UpdatePolicy], _ union: UpdatePolicy, _ options: CompileOptions
  ) throws -> [Derived] {
    let (promotedGraph, promoted) = try graph.promoting(union.resolve(in: graph))
    return try policies.map { policy in
      let names = try policy.resolve(in: graph).names(in: graph)
      return try options.derived(promotedGraph, promoted.filter { names.contains($0.name) })
    }
  }
}

/// The steps with the variables of all in each: what one remembers, no other writes over.
private func holdingAlike(_ steps: [StepVariant]) -> [StepVariant] {
  var variables: [(name: String, constant: Constant)] = []
  var seen: Set<String> = []
  for graph in steps.map(\.training.graph) {
    for id in graph.ids {
      guard case .variable(let constant) = graph[id].definition else { continue }
      if seen.insert(graph[id].name).inserted { variables.append((graph[id].name, constant)) }
    }
  }
  return steps.map { step in
    var result = step
    let graph = step.training.graph
    let known = Set(graph.ids.filter(graph.isVariable).map { graph[$0].name })
    for (name, constant) in variables where !known.contains(name) {
      _ = result.training.graph.variable(name, constant)
    }
    return result
  }
}

private func texts(_ names: [String], _ graphs: [Graph]) -> String {
  zip(names, graphs).map { "plan \($0):\n\($1.text())" }.joined(separator: "\n")
}
