/// A step that keeps less for backward, and what dividing its first layers makes of it.
final class KeepingLess {
  /// The step without patches.
  let size: SizedVariant
  /// Whether it is divided into patches: not where it is with early updates.
  let isDivided: Bool
  let patches: PatchSearch
  private let planner: StepPlanner
  /// Whether to make it anew rather than to hold it.
  private let isLarge: Bool

  init(
    _ size: SizedVariant, isDivided: Bool, isLarge: Bool, _ options: CompileOptions, _ planner: StepPlanner
  ) {
    self.size = size
    self.isDivided = isDivided && options.patches == .automatic
    self.isLarge = isLarge
    self.planner = planner
    patches = PatchSearch(size, isLarge: isLarge, options, planner)
  }

  var macs: Int { size.macs }

  /// Sizes in the orders that are quickly found.
  ///
  /// - Throws: `CompileInterrupted` where the search is to end.
  func sizes() throws -> (bytes: Int, peakOutsidePatches: Int) {
    try planner.expectGoesOn()
    return try size.sizes()
  }

  /// Whether its peak outside of what patches change fits; if it does not, it is let go of.
  func mayFit(_ cap: Int) throws -> Bool {
    guard size.mayTake(cap) else { return false }
    if try sizes().peakOutsidePatches <= cap { return true }
    if isLarge { size.forget() }
    return false
  }

  func placed() throws -> PlacedStep { try planner.planned(size.variant()) }
}
