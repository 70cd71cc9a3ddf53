import ONNX
import Report

/// Plans a model's training step for ever smaller caps, in the ways that are exact and in memory; where none of these fits
/// under a cap, `compile` keeps less of values and pages them, if the options allow it.
///
/// - Parameter found: is told of each point when it is known; false stops the search.
/// - Throws: as `compile`, but for the cap.
public func frontier(
  _ model: ONNXModel, _ options: CompileOptions, found: (Frontier.Point) -> Bool
) throws -> Frontier {
  try options.validate()
  try options.expectOnePlan()
  let steps = try Pipeline.network.then(Pipeline.select).then(Pipeline.steps).run((), CompileRequest(model, options))
  let plans = try frontier(steps.values[0], options, StepPlanner(steps.network), found: found)
  return Frontier(plans.map(\.point))
}

/// The step as a whole, and in the cheapest way for ever smaller caps; all of them are exact and in memory.
func frontier(
  _ whole: StepVariant, _ options: CompileOptions, _ planner: StepPlanner,
  found: (Frontier.Point) -> Bool = { _ in true }
) throws -> [PlacedStep] {
  var exact = options
  if exact.codec == .automatic { exact.codec = .none }
  exact.paging = .none
  let search = VariantSearch(whole, exact, planner)
  var plans = [try planner.planned(whole)]
  while found(plans.last!.point), let next = try search.cheapest(under: plans.last!.arena.arenaBytes * 99 / 100),
    next.arena.arenaBytes < plans.last!.arena.arenaBytes
  { plans.append(next) }
  return plans
}

extension PlacedStep {
  var point: Frontier.Point {
    Frontier.Point(
      arenaBytes: arena.arenaBytes, stepMacs: variant.macs, patches: variant.stages, readsInPlace: variant.readsInPlace,
      oldWeights: variant.oldWeights, recomputation: variant.recomputation, codecs: variant.codecs)
  }
}
