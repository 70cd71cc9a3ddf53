extension PlanReport {
  /// One of several plans of an image.
  public struct Alternate: Codable, Hashable, Sendable {
    public var name: String
    public var policy: String
    /// What an arena for this plan alone would take, with the variables of all.
    public var arenaBytes: Int
    public var lbSchedule: Int
    public var steps: Int
    /// Multiplications of one step.
    public var macs: Int
    /// Elements that a step updates.
    public var trainedParameters: Int
    /// Updates of the rotation that follow this plan.
    public var updatesPerRotation: Int

    public init(_ name: String, _ report: PlanReport, arenaBytes: Int, updatesPerRotation: Int) {
      self.name = name
      self.arenaBytes = arenaBytes
      self.updatesPerRotation = updatesPerRotation
      policy = report.policy
      lbSchedule = report.lbSchedule
      steps = report.steps
      macs = report.macsForward + report.macsBackward + report.macsUpdate
      trainedParameters = report.trainedParameters
    }

    enum CodingKeys: String, CodingKey {
      case name, policy, steps, macs
      case updatesPerRotation = "turns"
      case arenaBytes = "arena_bytes"
      case lbSchedule = "lb_schedule"
      case trainedParameters = "trained_parameters"
    }
  }

  /// The plan that takes the most bytes, the first of such; nil where there are no others.
  public var largestPlan: String? {
    let most = plans.map(\.arenaBytes).max()
    return plans.first { $0.arenaBytes == most }?.name
  }

  /// A line for each of several plans; empty for one.
  public var alternatesText: String {
    guard !plans.isEmpty else { return "" }
    let rows = plans.map { plan in
      [
        plan.name, plan.policy, grouped(plan.arenaBytes), grouped(plan.macs), grouped(plan.trainedParameters),
        plan.updatesPerRotation == 0 ? "" : grouped(plan.updatesPerRotation),
      ]
    }
    let head = ["plan", "policy", "arena alone", "step MACs", "trains", "turns"]
    return columns([head] + rows, rightAligned: [2, 3, 4, 5], flexible: 1)
  }
}
