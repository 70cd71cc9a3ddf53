/// Schedules and places variants of one plan's step, memoized.
final class StepPlanner {
  private let network: Network
  private var known: [ObjectIdentifier: PlacedStep] = [:]

  init(_ network: Network) { self.network = network }

  func planned(_ variant: StepVariant) throws -> PlacedStep {
    let key = ObjectIdentifier(variant.identity)
    if let planned = known[key] { return planned }
    let planned = try PlacedStep(network, variant)
    known[key] = planned
    return planned
  }
}
