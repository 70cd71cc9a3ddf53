import Foundation
import Driver
import Report
import Select

public typealias PolicySearch = Driver.PolicySearch
public typealias SearchFront = Report.SearchFront
public typealias Budget = Driver.Budget

extension PolicySearch {
  /// Policies under ever larger caps from that of the head alone to the budget's, and the presets that fit.
  ///
  /// - Parameters:
  ///   - values: layer → choice → what it is worth.
  ///   - score: what the values come from.
  ///   - points: how many caps, spaced evenly on a logarithmic scale.
  ///   - progress: is told how many of the caps are done; false ends the search.
  /// - Throws: `BelowMinimum`, and as `compile`.
  public func front(
    _ values: [[Double]], score: ScoreKind, under budget: Budget, points: Int,
    progress: (Int, Int) -> Bool = { _, _ in true }
  ) throws -> [SearchFront.Point] {
    let full = UpdatePolicy(default: .full, layers: [])
    let least = try figures(preset("head"), cap: budget.arenaBytes).arenaBytes
    let most = try budget.arenaBytes ?? figures(full, cap: nil).arenaBytes
    var found: [SearchFront.Point] = []
    for index in 1...points {
      guard progress(index - 1, points) else { break }
      let share = Double(index) / Double(points)
      var part = budget
      part.arenaBytes = index == points ? most : Int(Double(least) * pow(Double(most) / Double(least), share))
      let selected = try best(values, under: part)
      guard !found.contains(where: { $0.policy == selected.policy }) else { continue }
      found.append(SearchFront.Point(score.rawValue, selected))
    }
    let layers = (1...6).map { 1 << $0 }.filter { $0 <= self.layers.count }
    for name in ["head", "bias"] + layers.map({ "last-\($0)" }) + ["full"] {
      // A network need not be trainable as a preset has it.
      guard let policy = try? preset(name), let figures = try? figures(policy, cap: budget.arenaBytes),
        budget.fits(figures), !found.contains(where: { $0.policy == policy })
      else { continue }
      found.append(SearchFront.Point(name, policy, figures))
    }
    return found
  }
}

extension SearchFront.Point {
  init(_ source: String, _ policy: UpdatePolicy, _ figures: PlanFigures) {
    self.init(source: source, policy: policy, arenaBytes: figures.arenaBytes, stepMacs: figures.stepMacs)
    (flashBytes, trainedParameters) = (figures.flashBytes, figures.trainedParameters)
  }

  fileprivate init(_ source: String, _ selected: SelectedPolicy) {
    self.init(source, selected.policy, selected.figures)
    (value, bound) = (selected.value, selected.bound)
  }

  /// The same with what training came to.
  public func judged(_ results: [TrialResult]) -> Self {
    func mean(_ values: [Double?]) -> Double? {
      let known = values.compactMap { $0 }
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
    var point = self
    point.accuracy = mean(results.map(\.accuracy))
    point.meanSquaredError = mean(results.map(\.meanSquaredError))
    return point
  }
}
