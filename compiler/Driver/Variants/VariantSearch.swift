import Passes

/// Looks for the way to compute a step with the fewest multiplications that fits under a cap.
///
/// Recomputation lowers what the forward pass keeps, patches lower what the first layers take while they run; so the step
/// first recomputes what keeps the rest of it over the cap, and then its first layers are divided. Updating weights early
/// multiplies nothing, so that all this is tried with it, too. Only where no exact way fits is less kept than the values
/// themselves.
///
/// Variants are known by their sizes and lifetimes first, and made only where they may fit. Of a large step as few as
/// possible are: what recomputes more is taken to need less.
final class VariantSearch {
  private let whole: StepVariant
  private let options: CompileOptions
  private let planner: StepPlanner
  private lazy var early: Result<StepVariant?, any Error> = Result { try whole.updatingEarly() }
  private lazy var exact: Result<[KeepingLess], any Error> = Result {
    let early = try early.get()
    let late = try withRecomputed(whole).map { base($0, isDivided: early == nil) }
    let all = late + (try early.map(withRecomputed) ?? []).map { base($0) }
    return all.indices.sorted { (all[$0].macs, $0) < (all[$1].macs, $1) }.map { all[$0] }
  }
  /// In the order of what they cost; listed where nothing exact fits.
  private lazy var others: Result<[KeepingLess], any Error> = Result {
    let step = try early.get() ?? whole
    let encoded = options.codec == .automatic ? try step.encoded(seed: options.seed, estimated: isEstimated) : []
    let paged = options.paging == .automatic ? try [step] + leastKept() : []
    let withState = options.plans == nil
    let steps = try encoded + paged.flatMap { try $0.paged(withState: withState, estimated: isEstimated) }
    return steps.map { base($0) }
  }

  /// The step that recomputes what leaves it the fewest bytes, if that helps.
  private func leastKept() throws -> [StepVariant] {
    guard let least = try leastOutsidePatches(exact.get(), count: 1).first?.size.variant(),
      least.recomputation != nil
    else { return [] }
    return [least]
  }

  /// Steps with enough recomputed whose first layers are tried in patches.
  private let tries = 2

  init(_ whole: StepVariant, _ options: CompileOptions, _ planner: StepPlanner) {
    self.whole = whole
    self.options = options
    self.planner = planner
  }

  /// Whether what a variant takes can be told from what it keeps: patches change that.
  private lazy var isEstimated = options.patches != .automatic || whole.patchable.training.isEmpty

  /// Whether as few variants as possible are made: it tells as well whether one fits.
  private var isLarge: Bool { whole.isLarge || options.isSuggestion }

  private func base(_ size: SizedVariant, isDivided: Bool = true) -> KeepingLess {
    KeepingLess(size, isDivided: isDivided, isLarge: isLarge, options, planner)
  }

  private func withRecomputed(_ step: StepVariant) throws -> [SizedVariant] {
    let recomputed = options.recompute == .automatic ? try step.recomputed(estimated: isEstimated) : []
    return [SizedVariant(step)] + recomputed
  }

  /// Whether sizes and lifetimes leave it open that a variant fits; an eighth above the cap, an order may still be found.
  func mayFit(_ cap: Int) throws -> Bool {
    let close = cap + cap / 8
    guard isEstimated, try SizedVariant(whole).sizes().bytes > close else { return true }
    func isNear(_ base: KeepingLess) -> Bool { base.size.estimate <= close }
    let exact = try self.exact.get()
    if try early.get() != nil || exact.contains(where: { $0.size.estimate > 0 && isNear($0) }) { return true }
    return try others.get().contains(where: isNear)
  }

  /// Whether the step is likely to fit as a whole, in patches, with enough recomputed or paged out, by sizes and
  /// lifetimes alone.
  func isLikely(_ cap: Int) throws -> Bool {
    let sizes = try SizedVariant(whole).sizes()
    // The patches themselves take something, too.
    let inPatches = options.patches == .automatic
    if sizes.bytes <= cap || inPatches && sizes.peakOutsidePatches <= cap - cap / 8 { return true }
    let steps = try [self.whole] + [early.get()].compactMap(\.self)
    if try options.recompute == .automatic && steps.contains(where: { try $0.leastRecomputed() <= cap }) { return true }
    guard options.paging == .automatic, let last = steps.last else { return false }
    return try last.leastPaged(withState: options.plans == nil, inPatches: inPatches) <= cap
  }

  /// The variant with the fewest multiplications whose arena fits; where none does, the smallest that was found, unless
  /// only what fits is of interest.
  func cheapest(under cap: Int) throws -> PlacedStep? {
    let exact = try self.exact.get()
    if let best = try best(of: exact, under: cap) { return best }
    // Sizes that are quickly found may be above those of the orders that the search finds, but not by far.
    let close = cap + cap / 4
    let isClose = try isLarge ? exact.last?.mayFit(close) ?? false : exact.contains { try $0.mayFit(close) }
    if isClose, let least = try smallest(of: exact), least.arena.arenaBytes <= cap { return least }
    let others = try self.others.get()
    for base in others {
      if let best = try best(of: [base], under: cap) { return best }
    }
    return options.isSuggestion ? nil : try smallest(of: exact + others)
  }

  private func best(of bases: [KeepingLess], under cap: Int) throws -> PlacedStep? {
    var best: PlacedStep?
    var tried = 0
    for base in try likely(bases, under: cap) where tried < tries {
      guard base.macs < best?.variant.macs ?? .max, try base.mayFit(cap) else { continue }
      if try base.sizes().bytes <= cap, try base.placed().arena.arenaBytes <= cap {
        return cheaper(best, try base.placed())
      }
      guard base.isDivided else { continue }
      let divided = try base.patches.cheapest(under: cap)
      if divided != nil || options.isSuggestion { tried += 1 }
      if let divided, divided.arena.arenaBytes <= cap { best = cheaper(best, divided) }
    }
    return best
  }

  /// Those that are worth a look; of a large step, from the first on that may fit.
  private func likely(_ bases: [KeepingLess], under cap: Int) throws -> ArraySlice<KeepingLess> {
    guard isLarge, bases.count > 1 else { return bases[...] }
    let guess = bases.firstIndex { $0.size.estimate > 0 && $0.size.estimate <= cap } ?? bases.count - 1
    return try bases[bases.firstIndex(near: guess) { try $0.mayFit(cap) }...]
  }

  private func cheaper(_ a: PlacedStep?, _ b: PlacedStep) -> PlacedStep {
    guard let a, a.variant.macs <= b.variant.macs else { return b }
    return a
  }

  /// The smallest arena of what keeps the least.
  private func smallest(of bases: [KeepingLess]) throws -> PlacedStep? {
    var best: PlacedStep?
    for base in try leastOutsidePatches(bases, count: tries) {
      var candidates = [try base.placed()]
      if base.isDivided, let divided = try base.patches.smallest() { candidates.append(divided) }
      for candidate in candidates where candidate.arena.arenaBytes < best?.arena.arenaBytes ?? .max { best = candidate }
    }
    return best
  }

  /// Those with the smallest peaks outside of patches; what cannot be among them by its estimate is not made.
  private func leastOutsidePatches(_ bases: [KeepingLess], count: Int) throws -> [KeepingLess] {
    var least: [(bytes: Int, index: Int)] = []
    var order = bases.indices.sorted { (bases[$0].size.estimate, $0) < (bases[$1].size.estimate, $1) }
    // Of a large step, those that are last keep the least where nothing is known.
    if isLarge, !isEstimated { order = bases.indices.suffix(count).reversed() }
    for index in order where least.count < count || bases[index].size.mayTake(least[count - 1].bytes) {
      // Of a large step, estimates have to do.
      if isLarge, least.count >= count, bases[index].size.estimate > 0 { continue }
      least.append((try bases[index].sizes().peakOutsidePatches, index))
      least.sort { ($0.bytes, $0.index) < ($1.bytes, $1.index) }
      for other in least.dropFirst(count) where isLarge { bases[other.index].size.forget() }
      least = Array(least.prefix(count))
    }
    return least.map { bases[$0.index] }
  }
}
