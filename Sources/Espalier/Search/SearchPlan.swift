import Differentiate
import Driver
import Foundation
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
    let head = try figures(preset("head"), cap: budget.arenaBytes)
    guard budget.fits(head) else { throw BelowMinimum(budget: budget, least: head) }
    let least = head.arenaBytes
    let most = try budget.arenaBytes ?? figures(preset("full"), cap: nil).arenaBytes
    var found = try fitting(["head", "bias", "full"], budget)
    for index in 1...points {
      guard progress(index - 1, points) else { break }
      var part = budget
      let share = Double(index) / Double(points)
      part.arenaBytes = index == points ? most : Int(Double(least) * pow(Double(most) / Double(least), share))
      let selected = try best(values, under: part)
      found += [SearchFront.Point(score.rawValue, selected)] + (try lastLayers(part))
    }
    // The same tensors may be written in different ways.
    var seen: Set<[String]> = []
    return try found.filter { point in
      try seen.insert(wholeTensors(point.policy) ?? [String(decoding: point.policy.json(), as: UTF8.self)]).inserted
    }
  }

  /// The presets of these names that fit.
  private func fitting(_ names: [String], _ budget: Budget) throws -> [SearchFront.Point] {
    try names.compactMap { name in
      do {
        let policy = try preset(name)
        let figures = try figures(policy, cap: budget.arenaBytes)
        return budget.fits(figures) ? SearchFront.Point(name, policy, figures) : nil
      } catch let error where error is PolicyError || error is DifferentiateError || error is OverCap {
        // A network need not be trainable as a preset has it.
        return nil
      }
    }
  }

  /// The preset of the most last layers that fit, found by bisection.
  private func lastLayers(_ budget: Budget) throws -> [SearchFront.Point] {
    var best: [SearchFront.Point] = []
    var (low, high) = (2, layers.count)
    while low <= high {
      let count = (low + high) / 2
      let found = try fitting(["last-\(count)"], budget)
      if found.isEmpty { high = count - 1 } else { (best, low) = (found, count + 1) }
    }
    return best
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
  public func evaluated(_ results: [TrialResult]) -> Self {
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
