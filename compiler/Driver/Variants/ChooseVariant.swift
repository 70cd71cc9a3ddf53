import Passes

/// Picks the way to compute a step.
///
/// Without a cap the step is computed as a whole. With one, the variant with the fewest multiplications that fits; where
/// none does, the smallest. Samples are read where they lie only if nothing else fits, unless that is asked for.
func chooseVariant(
  _ whole: StepVariant, _ options: CompileOptions, _ plan: (StepVariant) throws -> Planned
) throws -> Planned {
  if case .fixed(let grid, _) = options.patches {
    let variants = try whole.extended(options.patches, readsInPlace: options.samples == .inPlace)
    guard let smallest = try SizedVariant.all(variants).first else { throw OptionError.patches(grid) }
    return try plan(smallest.variant)
  }
  var best = try plan(whole)
  guard options.patches == .automatic, let cap = options.capBytes else { return best }
  for readsInPlace in options.samples.choices where best.arena.arenaBytes > cap {
    let found = try VariantSearch(cap: cap, readsInPlace: readsInPlace, stages: options.patchStages)
      .run(from: whole, plan)
    if let found, found.arena.arenaBytes < best.arena.arenaBytes { best = found }
  }
  return best
}

/// Adds stage after stage until a variant fits.
private struct VariantSearch {
  let cap: Int
  let readsInPlace: Bool
  /// Stages at most.
  let stages: Int
  /// Variants that get another stage.
  private let width = 4

  func run(from whole: StepVariant, _ plan: (StepVariant) throws -> Planned) throws -> Planned? {
    var beam = [whole]
    var smallest: (planned: Planned, bytes: Int)?
    for _ in 0..<stages {
      let sized = try SizedVariant.all(beam.flatMap { try $0.extended(.automatic, readsInPlace: readsInPlace) })
      for candidate in sized.filter({ $0.bytes <= cap }).sorted(by: { $0.macs < $1.macs }) {
        let planned = try plan(candidate.variant)
        if planned.arena.arenaBytes <= cap { return planned }
      }
      if let first = sized.first, first.bytes < smallest?.bytes ?? .max {
        smallest = (try plan(first.variant), first.bytes)
      }
      beam = promising(sized)
    }
    return smallest?.planned
  }

  /// Those whose own peak is under the cap with the fewest multiplications; else those with the lowest peak.
  private func promising(_ sized: [SizedVariant]) -> [StepVariant] {
    let order = sized.sorted { (max($0.settled, cap), $0.macs) < (max($1.settled, cap), $1.macs) }
    var ends: Set<Int> = []
    // One for each place where the stages end: the next one begins there.
    return order.filter { ends.insert($0.variant.lastLayer).inserted }.prefix(width).map(\.variant)
  }
}

extension SampleOption {
  /// Whether to read in place, in the order to try.
  fileprivate var choices: [Bool] {
    switch self {
    case .automatic: [false, true]
    case .copied: [false]
    case .inPlace: [true]
    }
  }
}

extension OptionError {
  fileprivate static func patches(_ grid: PatchGrid) -> OptionError {
    OptionError(
      option: "patch", value: "\(grid.rows)x\(grid.columns)",
      expected: "fewer patches or other layers: what is trained, or too small, is not computed in patches")
  }
}
