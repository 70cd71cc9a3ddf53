import Driver
import Espalier
import Report

/// The stages of a search: scores, selection, trials of what was selected.
struct SearchRun {
  private let search: SearchArguments
  private let options: CompileOptions
  private let common: CommonOptions
  private let trials: Trials

  init(_ search: SearchArguments, _ options: CompileOptions, _ common: CommonOptions, _ trials: Trials) {
    self.search = search
    self.options = options
    self.common = common
    self.trials = trials
  }

  func front(_ model: Model, _ data: Samples) throws -> SearchFront {
    common.detail("prices the ways to train each layer")
    let policies = try PolicySearch(model.file, options)
    let values = try values(policies, model, data)
    let bar = ProgressBar(common)
    let budget = Budget(arenaBytes: options.capBytes, macs: search.macBudget, flashBytes: search.flashBudget)
    let points = try policies.front(values, score: search.score, under: budget, points: search.points) {
      bar.show($0, of: $1, unit: "caps")
      return !Interrupt.isRequested
    }
    bar.clear()
    try stopIfInterrupted()
    common.detail("\(policies.plans) plans were made")
    return SearchFront(score: search.score.rawValue, search.untrained ? points : try evaluated(points))
  }

  private func values(_ policies: PolicySearch, _ model: Model, _ data: Samples) throws -> [[Double]] {
    switch search.score {
    case .snr: return worth(policies, try model.signalToNoise(options))
    case .fisher, .gradient:
      let bar = ProgressBar(common)
      let scores = try model.gradientScores(search.score, on: data, options) {
        bar.show($0, of: $1, unit: "samples")
        return !Interrupt.isRequested
      }
      bar.clear()
      try stopIfInterrupted()
      return worth(policies, scores)
    case .contribution:
      policies.chooseChannels(try model.signalToNoise(options))
      guard let values = try policies.contributions(trials, steps: search.trialSteps, seed: options.seed) else {
        throw interrupted
      }
      return values
    }
  }

  private func worth(_ policies: PolicySearch, _ scores: [String: LayerScore]) -> [[Double]] {
    policies.chooseChannels(scores)
    return policies.values(scores)
  }

  /// The points with what training by their policies comes to.
  private func evaluated(_ points: [SearchFront.Point]) throws -> [SearchFront.Point] {
    let wanted = points.flatMap { point in seeds.map { Trial(point.policy, steps: options.steps, seed: $0) } }
    let results = try trials.results(wanted).compactMap { $0 }
    guard results.count == wanted.count else { throw interrupted }
    return points.enumerated().map { index, point in
      point.evaluated(Array(results[(index * seeds.count)..<((index + 1) * seeds.count)]))
    }
  }

  /// Behind the last seed comes 0.
  private var seeds: [UInt64] { (0..<search.seeds).map { options.seed &+ UInt64($0) } }

  private func stopIfInterrupted() throws { if Interrupt.isRequested { throw interrupted } }

  private var interrupted: Failure { SearchRun.interrupted }

  static let interrupted = Failure(
    .interrupted, "interrupted; finished trials are kept", advice: "go on with the same command")
}
