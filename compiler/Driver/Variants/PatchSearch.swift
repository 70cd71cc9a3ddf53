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
  private let isLarge: Bool
  private let options: CompileOptions
  private let planner: StepPlanner
  private var extensions: [Key: [SizedVariant]] = [:]
  /// Variants that get another stage, and stages at most.
  private let width = 4
  private let mostStages = 3

  init(_ whole: SizedVariant, isLarge: Bool, _ options: CompileOptions, _ planner: StepPlanner) {
    size = whole
    self.isLarge = isLarge
    self.options = options
    self.planner = planner
  }

  /// The variant with the fewest multiplications whose arena fits; where none does, the smallest, unless only what fits
  /// is of interest; nil where there is none.
  ///
  /// Samples are read where they lie only if nothing else fits, unless that is asked for.
  func cheapest(under cap: Int) throws -> PlacedStep? {
    if try cap > floor(), let found = try first(under: { _ in cap }), found.arena.arenaBytes <= cap { return found }
    return options.isSuggestion ? nil : try smallest()
  }

  /// The smallest arena, which does not depend on the cap: a cap of as many bytes will do.
  func smallest() throws -> PlacedStep? {
    let (floor, variant) = (try floor(), try size.variant())
    return try first { floor + variant.controlBytes(readsInPlace: $0) }
  }

  /// - Parameter caps: where samples are copied, and where they are read in place.
  private func first(under caps: (Bool) -> Int) throws -> PlacedStep? {
    var best: PlacedStep?
    for readsInPlace in options.samples.choices {
      let cap = caps(readsInPlace)
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
    var smallest: (variant: StepVariant, bytes: Int)?
    let stages = isLarge ? 1 : mostStages
    for stage in 1...stages where !beam.isEmpty {
      // More stages only add multiplications, and so do those behind the first that fits.
      var candidates = try beam.flatMap { try extended($0, readsInPlace) }.sorted { $0.macs < $1.macs }
      candidates = candidates.filter { $0.macs < best?.variant.macs ?? .max }
      if let found = try candidates.firstIndex(where: { try fits($0, cap) }) {
        let equal = candidates[found...].prefix { $0.macs == candidates[found].macs }
        best = try leastBytes(of: options.isSuggestion ? equal.prefix(1) : equal, under: cap)
        candidates = Array(candidates[..<found])
      } else if best == nil, !options.isSuggestion, let first = try minimum(candidates),
        first.bytes < smallest?.bytes ?? .max
      {
        smallest = first
      }
      if stage < stages { beam = try promising(candidates, cap) }
    }
    return try best ?? smallest.map { try placed($0.variant) }
  }

  /// The smallest arena of some of which the first fits; of the others those are placed that need the fewest bytes in
  /// orders that are quickly found.
  private func leastBytes(of candidates: ArraySlice<SizedVariant>, under cap: Int) throws -> PlacedStep? {
    let others = try candidates.dropFirst().filter { try $0.mayTake(cap) && $0.sizes().bytes <= cap }
    let sizes = try others.map { try $0.sizes().bytes }
    let least = others.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }.prefix(width).map { others[$0] }
    return try (candidates.prefix(1) + least).map { try placed($0.variant()) }
      .min { $0.arena.arenaBytes < $1.arena.arenaBytes }
  }

  private func fits(_ candidate: SizedVariant, _ cap: Int) throws -> Bool {
    try planner.expectGoesOn()
    guard try candidate.mayTake(cap) && candidate.sizes().bytes <= cap else { return false }
    return try placed(candidate.variant()).arena.arenaBytes <= cap
  }

  private func minimum(_ candidates: [SizedVariant]) throws -> (variant: StepVariant, bytes: Int)? {
    var best: (index: Int, bytes: Int)?
    let order = candidates.indices.sorted { (candidates[$0].estimate, $0) < (candidates[$1].estimate, $1) }
    for index in order.prefix(isLarge ? 4 : order.count) {
      guard candidates[index].mayTake(best?.bytes ?? .max) else { break }
      let bytes = try candidates[index].sizes().bytes
      if (bytes, index) < (best?.bytes ?? .max, best?.index ?? .max) { best = (index, bytes) }
    }
    return try best.map { (try candidates[$0.index].variant(), $0.bytes) }
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

  private func extended(_ variant: StepVariant, _ readsInPlace: Bool) throws -> [SizedVariant] {
    let key = Key(stages: variant.stages, readsInPlace: readsInPlace)
    if let known = extensions[key] { return known }
    let sized = try variant.extended(.automatic, readsInPlace: readsInPlace)
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
