import Passes
import Report

/// Search over stages of patches: adds one after the other to a step until a variant fits; variants are memoized.
final class PatchSearch {
  private struct Key: Hashable {
    let stages: [PlanReport.PatchStage]
    let readsInPlace: Bool
  }

  /// The step without patches.
  let size: SizedVariant
  private let options: CompileOptions
  private let planner: StepPlanner
  private var extensions: [Key: [SizedVariant]] = [:]
  /// Variants that get another stage.
  private let width = 4

  init(_ whole: SizedVariant, _ options: CompileOptions, _ planner: StepPlanner) {
    size = whole
    self.options = options
    self.planner = planner
  }

  /// The variant with the fewest multiplications whose arena fits; where none does, the smallest; nil where there is
  /// none.
  ///
  /// Samples are read where they lie only if nothing else fits, unless that is asked for.
  func cheapest(under cap: Int) throws -> PlacedStep? {
    if try cap > floor(), let found = try first(under: cap), found.arena.arenaBytes <= cap { return found }
    return try smallest()
  }

  /// The smallest arena, which does not depend on the cap: a cap of as many bytes will do.
  func smallest() throws -> PlacedStep? { try first(under: floor()) }

  private func first(under cap: Int) throws -> PlacedStep? {
    var best: PlacedStep?
    for readsInPlace in options.samples.choices {
      guard let found = try cheapest(under: cap, readsInPlace) else { continue }
      if found.arena.arenaBytes <= cap { return found }
      if found.arena.arenaBytes < best?.arena.arenaBytes ?? .max { best = found }
    }
    return best
  }

  /// Bytes that the steps take which patches do not change.
  private func floor() throws -> Int { try size.sizes().peakOutsidePatches }

  private func cheapest(under cap: Int, _ readsInPlace: Bool) throws -> PlacedStep? {
    var beam = [try size.variant()]
    var best: PlacedStep?
    var smallest: (planned: PlacedStep, bytes: Int)?
    for _ in 0..<options.patchStages where !beam.isEmpty {
      // More stages only add multiplications, and so do those behind the first that fits.
      var candidates = beam.flatMap { extended($0, readsInPlace) }.sorted { $0.macs < $1.macs }
      candidates = candidates.filter { $0.macs < best?.variant.macs ?? .max }
      if let found = try candidates.firstIndex(where: { try fits($0, cap) }) {
        best = try leastBytes(of: candidates[found...].prefix { $0.macs == candidates[found].macs }, under: cap)
        candidates = Array(candidates[..<found])
      } else if best == nil, let first = try minimum(candidates), first.bytes < smallest?.bytes ?? .max {
        smallest = (try placed(first.variant), first.bytes)
      }
      beam = try promising(candidates, cap)
    }
    return best ?? smallest?.planned
  }

  /// The smallest arena of those that fit.
  private func leastBytes(of candidates: some Sequence<SizedVariant>, under cap: Int) throws -> PlacedStep? {
    try candidates.filter { try fits($0, cap) }.map { try placed($0.variant()) }
      .min { $0.arena.arenaBytes < $1.arena.arenaBytes }
  }

  private func fits(_ candidate: SizedVariant, _ cap: Int) throws -> Bool {
    try planner.expectGoesOn()
    guard try candidate.sizes().bytes <= cap else { return false }
    return try placed(candidate.variant()).arena.arenaBytes <= cap
  }

  private func minimum(_ candidates: [SizedVariant]) throws -> (variant: StepVariant, bytes: Int)? {
    var best: (variant: StepVariant, bytes: Int)?
    for candidate in candidates {
      let bytes = try candidate.sizes().bytes
      if bytes < best?.bytes ?? .max { best = (try candidate.variant(), bytes) }
    }
    return best
  }

  /// Those whose peak outside of the patches is under the cap, with the fewest multiplications; else those where it is
  /// smallest.
  ///
  /// - Parameter candidates: those with the fewest multiplications first.
  private func promising(_ candidates: [SizedVariant], _ cap: Int) throws -> [StepVariant] {
    let peakOutsidePatches = try candidates.map { max(try $0.sizes().peakOutsidePatches, cap) }
    var ends: Set<Int> = []
    // One for each place where the stages end: the next one begins there.
    return try candidates.indices.sorted { (peakOutsidePatches[$0], $0) < (peakOutsidePatches[$1], $1) }
      .filter { ends.insert(candidates[$0].lastLayer).inserted }.prefix(width).map { try candidates[$0].variant() }
  }

  private func extended(_ variant: StepVariant, _ readsInPlace: Bool) -> [SizedVariant] {
    let key = Key(stages: variant.stages, readsInPlace: readsInPlace)
    if let known = extensions[key] { return known }
    let sized = variant.extended(.automatic, readsInPlace: readsInPlace)
    extensions[key] = sized
    return sized
  }

  private func placed(_ variant: StepVariant) throws -> PlacedStep { try planner.planned(variant) }
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
