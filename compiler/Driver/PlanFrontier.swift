import ONNX
import Report

/// Plans a model's training step for ever smaller caps: first in the ways that are exact and in memory; where none of these
/// fits, with values that are kept as less or paged, as far as the options allow it. `compile` takes the same under a cap.
///
/// - Parameter found: is told of each point when it is known; false stops the search.
/// - Throws: as `compile`, but for the cap.
public func frontier(
  _ model: ONNXModel, _ options: CompileOptions, found: (Frontier.Point) -> Bool
) throws -> Frontier {
  try options.validate()
  try options.expectOnePlan()
  let steps = try Pipeline.network.then(Pipeline.select).then(Pipeline.steps).run((), CompileRequest(model, options))
  let planner = StepPlanner(steps.network)
  var goesOn = true
  let report = { (point: Frontier.Point) in
    goesOn = found(point)
    return goesOn
  }
  let exact = try frontier(steps.values[0], options, planner, found: report)
  guard goesOn else { return Frontier(exact.map(\.point)) }
  let search = VariantSearch(steps.values[0], options, planner)
  return Frontier(exact.map(\.point), beyond: try search.descend(from: exact.last!, report).map(\.point))
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
  let first = try planner.planned(whole)
  guard found(first.point) else { return [first] }
  return [first] + (try search.descend(from: first, found))
}

extension VariantSearch {
  /// The cheapest plans for caps that are smaller by a hundredth each, from below a plan to where nothing fits.
  fileprivate func descend(from start: PlacedStep, _ found: (Frontier.Point) -> Bool) throws -> [PlacedStep] {
    var plans: [PlacedStep] = []
    var bytes = start.arena.arenaBytes
    while let next = try cheapest(under: bytes * 99 / 100), next.arena.arenaBytes < bytes {
      plans.append(next)
      bytes = next.arena.arenaBytes
      guard found(next.point) else { break }
    }
    return plans
  }
}

extension PlacedStep {
  var point: Frontier.Point {
    Frontier.Point(
      arenaBytes: arena.arenaBytes, stepMacs: variant.macs, patches: variant.stages, readsInPlace: variant.readsInPlace,
      oldWeights: variant.oldWeights, recomputation: variant.recomputation, codecs: variant.codecs,
      paging: variant.paging)
  }
}
