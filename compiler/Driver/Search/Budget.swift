import Select

/// What a plan may take.
public struct Budget: Hashable, Sendable {
  /// Bytes of the arena; nil is no limit, as below.
  public var arenaBytes: Int?
  /// Multiplications of one step.
  public var macs: Int?
  /// Bytes of the image and two checkpoints.
  public var flashBytes: Int?

  public init(arenaBytes: Int? = nil, macs: Int? = nil, flashBytes: Int? = nil) {
    self.arenaBytes = arenaBytes
    self.macs = macs
    self.flashBytes = flashBytes
  }

  public func fits(_ figures: PlanFigures) -> Bool {
    figures.arenaBytes <= arenaBytes ?? .max && figures.stepMacs <= macs ?? .max
      && figures.flashBytes <= flashBytes ?? .max
  }
}

/// What a plan takes, exactly.
public struct PlanFigures: Hashable, Sendable {
  public var arenaBytes: Int
  public var stepMacs: Int
  /// Bytes of the image and of two checkpoints.
  public var flashBytes: Int
  public var trainedParameters: Int
}

/// A budget that training the head alone is above.
public struct BelowMinimum: Error, Hashable, Sendable {
  public let budget: Budget
  /// What training the head alone takes.
  public let least: PlanFigures

  public init(budget: Budget, least: PlanFigures) {
    self.budget = budget
    self.least = least
  }
}

/// A policy under a budget.
public struct SelectedPolicy: Sendable {
  public var policy: UpdatePolicy
  /// Layer → choice.
  public var choices: [Int]
  public var figures: PlanFigures
  /// The sum of what its choices are worth.
  public var value: Double
  /// No choice under this budget is worth more, unless it computes values twice, encodes them or pages them out.
  public var bound: Double
}
