import Passes

/// Looks for the way to compute a step with the fewest multiplications that fits under a cap.
///
/// Recomputation lowers what the forward pass keeps, patches lower what the first layers take while they run; so the step
/// first recomputes what keeps the rest of it over the cap, and then its first layers are divided. Only where no exact way
/// fits is less kept than the values themselves.
final class VariantSearch {
  private struct Base {
    let step: StepVariant
    let size: SizedVariant
    let patches: PatchSearch
  }

  private let whole: StepVariant
  private let options: CompileOptions
  private let plan: (StepVariant) throws -> Planned
  private var planned: [Int: Planned] = [:]
  private lazy var bases: Result<[Base], any Error> = Result { try makeBases() }
  /// Steps with enough recomputed whose first layers are tried in patches.
  private let tries = 2

  init(_ whole: StepVariant, _ options: CompileOptions, _ plan: @escaping (StepVariant) throws -> Planned) {
    self.whole = whole
    self.options = options
    self.plan = plan
  }

  private func makeBases() throws -> [Base] {
    var steps = [whole]
    if options.recompute == .automatic { steps += try whole.recomputed() }
    if options.codec == .automatic { steps += try whole.encoded(seed: options.seed) }
    if options.paging == .automatic { steps += try whole.paged() }
    return steps.map { Base(step: $0, size: SizedVariant($0), patches: PatchSearch($0, options, plan)) }
  }

  /// The variant with the fewest multiplications whose arena fits; where none does, the smallest that was found.
  func cheapest(under cap: Int) throws -> Planned? {
    let bases = try self.bases.get()
    let exact = bases.indices.filter { bases[$0].step.codecs == whole.codecs && bases[$0].step.paging == nil }
    let others = bases.indices.filter { !exact.contains($0) }
    // The others stand in the order of what they cost, so that the first that fits is the one to take.
    if let best = try best(of: exact, under: cap) { return best }
    // Sizes that are quickly found may be above those of the orders that the search finds.
    if let least = try smallest(of: exact), least.arena.arenaBytes <= cap { return least }
    for index in others {
      if let best = try best(of: [index], under: cap) { return best }
    }
    return try smallest(of: Array(bases.indices))
  }

  private func best(of indices: [Int], under cap: Int) throws -> Planned? {
    var best: Planned?
    var tried = 0
    let bases = try self.bases.get()
    for index in indices where tried < tries {
      guard bases[index].step.macs < best?.variant.macs ?? .max, try bases[index].size.sizes().settled <= cap else {
        continue
      }
      if try bases[index].size.sizes().bytes <= cap, try placed(index).arena.arenaBytes <= cap {
        return cheaper(best, try placed(index))
      }
      guard options.patches == .automatic, let divided = try bases[index].patches.cheapest(under: cap) else { continue }
      tried += 1
      if divided.arena.arenaBytes <= cap { best = cheaper(best, divided) }
    }
    return best
  }

  private func cheaper(_ a: Planned?, _ b: Planned) -> Planned {
    guard let a, a.variant.macs <= b.variant.macs else { return b }
    return a
  }

  /// The smallest arena of what keeps the least.
  private func smallest(of indices: [Int]) throws -> Planned? {
    let bases = try self.bases.get()
    let settled = try indices.map { (bytes: try bases[$0].size.sizes().settled, index: $0) }
    let order = settled.sorted { ($0.bytes, $0.index) < ($1.bytes, $1.index) }.map(\.index)
    var best: Planned?
    for index in order.prefix(tries) {
      var candidates = [try placed(index)]
      if options.patches == .automatic, let divided = try bases[index].patches.smallest() { candidates.append(divided) }
      for candidate in candidates where candidate.arena.arenaBytes < best?.arena.arenaBytes ?? .max { best = candidate }
    }
    return best
  }

  private func placed(_ index: Int) throws -> Planned {
    if let known = planned[index] { return known }
    let result = try plan(bases.get()[index].step)
    planned[index] = result
    return result
  }
}
