import Passes
import Report

/// Chooses the variant of a step.
///
/// Without a cap the step is computed as a whole. With one, the variant with the fewest multiplications that fits;
/// where none does, the smallest; the best that is known where whoever watches ends the search. Samples are read where
/// they lie only if nothing else fits, unless that is asked for.
func chooseVariant(_ whole: StepVariant, _ options: CompileOptions, _ planner: StepPlanner) throws -> PlacedStep {
  var planned: PlacedStep
  do {
    planned = try cheapestVariant(whole, options, planner)
    planner.end(cutShort: false)
  } catch let error as CompileInterrupted {
    guard let best = planner.best else { throw error }
    planned = best
    planner.end(cutShort: true)
  }
  planned.planner = planner
  return planned
}

private func cheapestVariant(
  _ whole: StepVariant, _ options: CompileOptions, _ planner: StepPlanner
) throws -> PlacedStep {
  var step = whole
  if case .forced(let name) = options.codec {
    guard let encoded = try whole.encoded(name, seed: options.seed) else {
      throw OptionError(
        option: "codec", value: name, expected: "a codec for what this policy keeps, such as auto")
    }
    step = encoded
  }
  if case .fixed(let grid, _) = options.patches {
    let variants = try step.extended(options.patches, readsInPlace: options.samples == .inPlace)
    let sizes = try variants.map { try $0.sizes().bytes }
    guard let smallest = sizes.indices.min(by: { (sizes[$0], $0) < (sizes[$1], $1) }) else {
      throw OptionError.patches(grid)
    }
    step = try variants[smallest].variant()
  }
  if options.cap == .auto, !options.isSuggestion {
    let plans = try frontier(step, options, planner)
    let curve = Frontier(plans.map(\.point))
    let knee = plans.first { $0.point == curve.points[curve.knee] } ?? plans[0]
    // Beyond its own cap a target takes nothing, whatever is cheap.
    if knee.arena.arenaBytes <= options.targetCap ?? .max { return knee }
  }
  let search = VariantSearch(step, options, planner)
  if let cap = options.capBytes, options.isSuggestion {
    guard try search.mayFit(cap), let found = try search.cheapest(under: cap) else { throw NothingFits() }
    return found
  }
  let planned = try planner.planned(step)
  guard let cap = options.capBytes, planned.arena.arenaBytes > cap else { return planned }
  return try search.cheapest(under: cap) ?? planned
}

/// No variant of what might be suggested fits.
private struct NothingFits: Error {}

extension OptionError {
  fileprivate static func patches(_ grid: PatchGrid) -> OptionError {
    OptionError(
      option: "patch", value: "\(grid.rows)x\(grid.columns)",
      expected: "fewer patches or other layers: what is trained, or too small, is not computed in patches")
  }
}
