import Select

/// Policies for one network, with what each takes and how well it learns.
public struct SearchFront: Codable, Hashable, Sendable {
  public struct Point: Codable, Hashable, Sendable {
    /// From 1; `compile --policy FILE#NUMBER` takes the policy.
    public var number = 0
    /// The score that chose the policy, or the name of a preset.
    public var source: String
    public var policy: UpdatePolicy
    public var arenaBytes: Int
    /// Multiplications of one step.
    public var stepMacs: Int
    /// Bytes of the image and of two checkpoints.
    public var flashBytes: Int
    public var trainedParameters: Int
    /// What its choices are worth by the score; nil for presets.
    @OrNull public var value: Double?
    /// The most that any choices in as many bytes are worth; nil for presets.
    @OrNull public var bound: Double?
    /// After training; nil where nothing was trained, or the loss compares numbers.
    @OrNull public var accuracy: Double?
    /// The same for losses that compare numbers.
    @OrNull public var meanSquaredError: Double?
    /// Whether no other point is as good in bytes, multiplications and result, and better in one of them.
    public var onFront = false

    public init(source: String, policy: UpdatePolicy, arenaBytes: Int, stepMacs: Int) {
      self.source = source
      self.policy = policy
      self.arenaBytes = arenaBytes
      self.stepMacs = stepMacs
      (flashBytes, trainedParameters) = (0, 0)
    }

    enum CodingKeys: String, CodingKey {
      case number, source, policy, value, bound, accuracy
      case arenaBytes = "arena_bytes"
      case stepMacs = "step_macs"
      case flashBytes = "flash_bytes"
      case trainedParameters = "trained_parameters"
      case meanSquaredError = "mean_squared_error"
      case onFront = "on_front"
    }

    /// What is to be as large as possible.
    var quality: Double? { accuracy ?? meanSquaredError.map { -$0 } }
  }

  public var schema = 1
  public var score: String
  /// The smallest arena first.
  public var points: [Point]

  public init(score: String, _ points: [Point]) {
    self.score = score
    self.points = points.enumerated().sorted {
      ($0.element.arenaBytes, $0.offset) < ($1.element.arenaBytes, $1.offset)
    }.map(\.element)
    for index in self.points.indices {
      self.points[index].number = index + 1
      self.points[index].onFront = !self.points.contains { $0.beats(self.points[index]) }
    }
  }
}

extension SearchFront.Point {
  fileprivate func beats(_ other: Self) -> Bool {
    let (own, its) = (quality ?? value ?? 0, other.quality ?? other.value ?? 0)
    guard arenaBytes <= other.arenaBytes, stepMacs <= other.stepMacs, own >= its else { return false }
    return arenaBytes < other.arenaBytes || stepMacs < other.stepMacs || own > its
  }
}

extension SearchFront {
  /// A line for each point.
  public var text: String {
    let rows = points.map { ["#\($0.number)\($0.onFront ? "*" : "")"] + $0.cells }
    let table = columns([[""] + Point.heads] + rows, rightAligned: [1, 2, 3, 4, 5, 6], flexible: 7)
    return table + "* nothing else is as good in bytes, MACs and result\n"
  }
}

extension SearchFront.Point {
  static let heads = ["arena", "MACs", "storage", "trained", "result", "bound", "policy"]

  var cells: [String] {
    [
      grouped(arenaBytes), grouped(stepMacs), grouped(flashBytes), grouped(trainedParameters), result, certificate,
      source,
    ]
  }

  var result: String {
    if let accuracy { return tenths(Int((accuracy * 1000).rounded())) + " %" }
    return meanSquaredError.map { "mse " + fourDigits($0) } ?? "-"
  }

  /// How near the score of its choices is to the most that any can have.
  private var certificate: String {
    guard let value, let bound, bound > 0 else { return "" }
    return tenths(Int((1000 * min(value / bound, 1)).rounded(.down))) + " %"
  }
}

private func fourDigits(_ value: Double) -> String {
  let text = String(Int((value * 10_000).rounded()))
  let digits = String(repeating: "0", count: max(0, 5 - text.count)) + text
  return digits.dropLast(4) + "." + digits.suffix(4)
}
