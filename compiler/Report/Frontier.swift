/// Bytes against time: the ways to compute a step that no other beats in both.
public struct Frontier: Codable, Hashable, Sendable {
  public struct Point: Codable, Hashable, Sendable {
    public var arenaBytes: Int
    /// Multiplications of one step.
    public var stepMacs: Int
    public var patches: [PlanReport.PatchStage]
    public var readsInPlace: Bool
    @OrNull public var oldWeights: PlanReport.OldWeights?
    @OrNull public var recomputation: PlanReport.Recomputation?
    public var codecs: [PlanReport.Codec]
    @OrNull public var paging: PlanReport.Paging?

    public init(
      arenaBytes: Int, stepMacs: Int, patches: [PlanReport.PatchStage] = [], readsInPlace: Bool = false,
      oldWeights: PlanReport.OldWeights? = nil, recomputation: PlanReport.Recomputation? = nil,
      codecs: [PlanReport.Codec] = [], paging: PlanReport.Paging? = nil
    ) {
      self.arenaBytes = arenaBytes
      self.stepMacs = stepMacs
      self.patches = patches
      self.readsInPlace = readsInPlace
      self.oldWeights = oldWeights
      self.recomputation = recomputation
      self.codecs = codecs
      self.paging = paging
    }

    enum CodingKeys: String, CodingKey {
      case patches, recomputation, codecs, paging
      case arenaBytes = "arena_bytes"
      case stepMacs = "step_macs"
      case readsInPlace = "reads_in_place"
      case oldWeights = "old_weights"
    }
  }

  public var schema = 1
  /// The largest arena first, ever more multiplications; the same bits each, all in memory.
  public var points: [Point]
  /// What only fits with values that are kept as less, which changes bits, or paged, which takes a file; the largest first.
  public var beyond: [Point]
  /// Index of the point behind which bytes become dear.
  public var knee: Int

  /// - Parameter candidates: the largest arena first; those that a smaller one beats in time as well are left out.
  public init(_ candidates: [Point], beyond: [Point] = []) {
    self.beyond = beyond
    points = candidates.enumerated().filter { index, point in
      candidates[(index + 1)...].allSatisfy { $0.stepMacs > point.stepMacs }
    }.map(\.element)
    knee = Self.knee(points)
  }

  /// The point farthest below the line from the first to the last, both sides of the picture taken as 1 (Satopaa et al.,
  /// Finding a "Kneedle" in a Haystack).
  private static func knee(_ points: [Point]) -> Int {
    guard let first = points.first, let last = points.last, points.count > 2 else { return 0 }
    let bytes = Double(first.arenaBytes - last.arenaBytes)
    let macs = Double(max(last.stepMacs - first.stepMacs, 1))
    func gain(_ point: Point) -> Double {
      Double(first.arenaBytes - point.arenaBytes) / bytes - Double(point.stepMacs - first.stepMacs) / macs
    }
    return points.indices.max { (gain(points[$0]), -$0) < (gain(points[$1]), -$1) } ?? 0
  }
}

extension Frontier {
  /// Multiplications of a point beyond those of the first: `4.2 %`.
  func more(_ point: Point) -> String {
    let first = points[0].stepMacs
    return tenths(1000 * (point.stepMacs - first) / max(first, 1)) + " %"
  }

  /// A line for each point.
  public var text: String {
    guard !points.isEmpty else { return "" }
    var rows = points.map(row)
    if points.count > 2 { rows[knee][4] += "  <- knee" }
    return columns([["arena", "", "multiplications", "", "how"]] + rows + beyond.map(row), rightAligned: [0, 1, 2, 3])
  }

  private func row(_ point: Point) -> [String] {
    let share = tenths(1000 * point.arenaBytes / max(points[0].arenaBytes, 1))
    return [grouped(point.arenaBytes), share + " %", grouped(point.stepMacs), more(point), point.description]
  }
}

extension Frontier.Point {
  /// `layers 1-9 in 4 x 4, samples where they lie`.
  var description: String {
    var parts = patches.map(\.text)
    if readsInPlace { parts.append(PlanReport.samplesInPlace) }
    if let oldWeights { parts.append(oldWeights.text) }
    if let recomputation { parts.append(recomputation.text) }
    parts += codecs.map(\.text)
    if let paging { parts.append(paging.text) }
    return parts.isEmpty ? PlanReport.whole : parts.joined(separator: ", ")
  }
}
