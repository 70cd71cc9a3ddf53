import Schedule

/// Why a plan does not fit under its cap, and what would; all sizes in bytes.
public struct OverCap: Error, Codable, Hashable, Sendable {
  /// A change of options with which the plan fits.
  public struct Suggestion: Codable, Hashable, Sendable {
    /// As typed on the command line.
    public var option: String
    public var neededBytes: Int

    public init(option: String, neededBytes: Int) {
      self.option = option
      self.neededBytes = neededBytes
    }
  }

  /// The plan that needs the most, where an image has several.
  public var plan: String?
  /// What it trains.
  public var policy: String
  public var needed: Int
  public var cap: Int
  /// The step with the most live bytes, from 0.
  public var peakStep: Int
  public var steps: Int
  public var stepName: String
  public var liveBytes: Int
  /// What is in use at that step, largest first.
  public var largest: [PlanReport.Tensor]
  public var suggestions: [Suggestion]

  /// The facts of a report whose arena is larger than `cap`.
  public init(_ report: PlanReport, cap: Int, suggestions: [Suggestion] = []) {
    let steps = report.stepTable
    let step = steps.indices.contains(report.peakStep) ? steps[report.peakStep] : nil
    plan = report.largestPlan
    policy = report.policy
    needed = report.arenaBytes
    self.cap = cap
    peakStep = report.peakStep
    self.steps = report.steps
    stepName = step.map { "\($0.operator) \($0.name)" } ?? ""
    liveBytes = step?.bytesLive ?? report.arenaBytes
    largest = report.peakTensors
    self.suggestions = suggestions
  }

  /// The message without `error: `; `capSource` says where the cap comes from, such as `--cap 256KiB`.
  public func text(capSource: String? = nil) -> String {
    var lines = [
      (plan.map { "plan \($0) " } ?? "") + "needs \(grouped(needed)) bytes, cap is \(grouped(cap))"
        + (capSource.map { " (\($0))" } ?? ""),
      "  at step \(peakStep + 1) of \(steps) (\(stepName)) \(grouped(liveBytes)) bytes are live:",
    ]
    let shown = largest.prefix(4).map { "\($0.name) \(grouped($0.bytes))" }
    if !shown.isEmpty { lines.append("    " + shown.joined(separator: " · ")) }
    if !suggestions.isEmpty {
      let changes = suggestions.map { "\($0.option) (−\(grouped(needed - $0.neededBytes)))" }
      lines.append("  would fit: " + changes.joined(separator: " · "))
    }
    return lines.joined(separator: "\n")
  }
}
