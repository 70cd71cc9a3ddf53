import Passes

/// Looks for the way to compute a step with the fewest multiplications that fits under a cap.
///
/// Recomputation lowers what the forward pass keeps, patches lower what the first layers take while they run; so the step
/// first recomputes what keeps the rest of it over the cap, and then its first layers are divided. Updating weights early
/// multiplies nothing, so that all this is tried with it, too. Only where no exact way fits is less kept than the values
/// themselves.
final class VariantSearch {
  /// A step that keeps less, and what dividing its first layers makes of it.
  private final class Base {
    let step: StepVariant
    /// Whether it is divided into patches: not where it is with early updates.
    let isDivided: Bool
    let patches: PatchSearch
    private let planner: StepPlanner

    init(_ step: StepVariant, isDivided: Bool, _ options: CompileOptions, _ planner: StepPlanner) {
      self.step = step
      self.isDivided = isDivided && options.patches == .automatic
      self.planner = planner
      patches = PatchSearch(step, options, planner)
    }

    func sizes() throws -> (bytes: Int, peakOutsidePatches: Int) { try patches.size.sizes() }

    func placed() throws -> PlacedStep { try planner.planned(step) }
  }

  private let whole: StepVariant
  private let options: CompileOptions
  private let planner: StepPlanner
  private lazy var early: Result<StepVariant?, any Error> = Result { try whole.updatingEarly() }
  private lazy var exact: Result<[Base], any Error> = Result {
    let early = try early.get()
    let late = try withRecomputed(whole).map { Base($0, isDivided: early == nil, options, planner) }
    let all = late + (try early.map(withRecomputed) ?? []).map { Base($0, isDivided: true, options, planner) }
    return all.indices.sorted { (all[$0].step.macs, $0) < (all[$1].step.macs, $1) }.map { all[$0] }
  }
  /// In the order of what they cost; made where nothing exact fits.
  private lazy var others: Result<[Base], any Error> = Result {
    let step = try early.get() ?? whole
    let encoded = options.codec == .automatic ? try step.encoded(seed: options.seed) : []
    let paged = options.paging == .automatic ? try [step] + leastKept() : []
    let steps = try encoded + paged.flatMap { try $0.paged(withState: options.plans == nil) }
    return steps.map { Base($0, isDivided: true, options, planner) }
  }

  /// The step that recomputes what leaves it the fewest bytes, if that helps.
  private func leastKept() throws -> [StepVariant] {
    let sized = try exact.get().map { (step: $0.step, bytes: try $0.sizes().peakOutsidePatches) }
    guard let least = sized.min(by: { $0.bytes < $1.bytes })?.step, least.recomputation != nil else { return [] }
    return [least]
  }
  /// Steps with enough recomputed whose first layers are tried in patches.
  private let tries = 2

  init(_ whole: StepVariant, _ options: CompileOptions, _ planner: StepPlanner) {
    self.whole = whole
    self.options = options
    self.planner = planner
  }

  private func withRecomputed(_ step: StepVariant) throws -> [StepVariant] {
    [step] + (options.recompute == .automatic ? try step.recomputed() : [])
  }

  /// The variant with the fewest multiplications whose arena fits; where none does, the smallest that was found, if
  /// the options want it.
  func cheapest(under cap: Int) throws -> PlacedStep? {
    let exact = try self.exact.get()
    if let best = try best(of: exact, under: cap) { return best }
    // Sizes that are quickly found may be above those of the orders that the search finds, but not by far.
    let isClose = try exact.contains { try $0.sizes().peakOutsidePatches <= cap + cap / 4 }
    if isClose, let least = try smallest(of: exact), least.arena.arenaBytes <= cap { return least }
    let others = try self.others.get()
    for base in others {
      if let best = try best(of: [base], under: cap) { return best }
    }
    return options.wantsSmallest ? try smallest(of: exact + others) : nil
  }

  private func best(of bases: [Base], under cap: Int) throws -> PlacedStep? {
    var best: PlacedStep?
    var tried = 0
    for base in bases where tried < tries {
      guard base.step.macs < best?.variant.macs ?? .max, try base.sizes().peakOutsidePatches <= cap else { continue }
      if try base.sizes().bytes <= cap, try base.placed().arena.arenaBytes <= cap {
        return cheaper(best, try base.placed())
      }
      guard base.isDivided, let divided = try base.patches.cheapest(under: cap) else { continue }
      tried += 1
      if divided.arena.arenaBytes <= cap { best = cheaper(best, divided) }
    }
    return best
  }

  private func cheaper(_ a: PlacedStep?, _ b: PlacedStep) -> PlacedStep {
    guard let a, a.variant.macs <= b.variant.macs else { return b }
    return a
  }

  /// The smallest arena of what keeps the least.
  private func smallest(of bases: [Base]) throws -> PlacedStep? {
    let peakOutsidePatches = try bases.map { try $0.sizes().peakOutsidePatches }
    let order = bases.indices.sorted { (peakOutsidePatches[$0], $0) < (peakOutsidePatches[$1], $1) }
    var best: PlacedStep?
    for base in order.prefix(tries).map({ bases[$0] }) {
      var candidates = [try base.placed()]
      if base.isDivided, let divided = try base.patches.smallest() { candidates.append(divided) }
      for candidate in candidates where candidate.arena.arenaBytes < best?.arena.arenaBytes ?? .max { best = candidate }
    }
    return best
  }
}
