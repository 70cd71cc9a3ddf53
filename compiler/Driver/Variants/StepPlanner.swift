/// Schedules and places variants of one plan's step, memoized, and tells of them.
final class StepPlanner {
  private let network: Network
  private let cap: Int?
  private let watch: CompileWatch
  private let mostPlans: Int
  private var progress = CompileWatch.Progress()
  private var known: [ObjectIdentifier: PlacedStep] = [:]
  /// Of what was planned, the cheapest that fits.
  private(set) var best: PlacedStep?
  /// Whether the search has ended, so that nothing of it can be cut short any more; and whether it was.
  private var hasEnded = false
  private(set) var isCutShort = false

  /// - Parameter mostPlans: how many are made before the search is to end.
  init(_ network: Network, under cap: Int? = nil, _ watch: CompileWatch = .none, mostPlans: Int = .max) {
    self.network = network
    self.cap = cap
    self.watch = watch
    self.mostPlans = mostPlans
  }

  /// - Throws: `CompileInterrupted` where the search is to end.
  func planned(_ variant: StepVariant) throws -> PlacedStep {
    let key = ObjectIdentifier(variant.identity)
    if let planned = known[key] { return planned }
    if !hasEnded { try expectGoesOn() }
    let planned = try PlacedStep(network, variant)
    known[key] = planned
    tell(planned)
    return planned
  }

  /// - Throws: `CompileInterrupted` where the search is to end.
  func expectGoesOn() throws { if watch.isEnded() || progress.plans >= mostPlans { throw CompileInterrupted() } }

  /// Ends the search: what is planned from now on only tells how its choice came about.
  func end(cutShort: Bool) { (hasEnded, isCutShort) = (true, cutShort) }

  private func tell(_ planned: PlacedStep) {
    let bytes = planned.arena.arenaBytes
    progress.plans += 1
    progress.smallest = min(progress.smallest, bytes)
    if bytes <= cap ?? .max, planned.variant.macs < best?.variant.macs ?? .max {
      best = planned
      progress.fitting = bytes
    }
    watch.report(progress)
  }
}
