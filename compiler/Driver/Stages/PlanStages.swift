import Report

extension Pipeline {
  static var schedule: Stage<Plans<StepVariant>, Plans<PlacedStep>> {
    Stage(
      name: .schedule,
      run: { plans, request in
        var options = request.options
        options.samples = try options.samplesOfAll
        return try plans.map { step in
          let planner = StepPlanner(
            plans.network, under: options.capBytes, request.watch, mostPlans: options.isSuggestion ? 8 : .max)
          return try chooseVariant(step, options, planner)
        }
      },
      check: { plans, request in
        guard let cap = request.options.capBytes else { return }
        let bytes = plans.values.map(\.arena.arenaBytes)
        if bytes.contains(where: { $0 > cap }) { throw ArenaAboveCap(image: try ImagePlan(plans, request.options)) }
      },
      text: { plans, request in try ImagePlan(plans, request.options).reports(request.options).image.stepText })
  }

  static var place: Stage<Plans<PlacedStep>, ImagePlan> {
    Stage(
      name: .place,
      run: { plans, request in
        try ImagePlan(plans, request.options).withRoom(on: request.options.machine)
      },
      check: { image, request in
        if let cap = request.options.capBytes, image.arena.arenaBytes > cap { throw ArenaAboveCap(image: image) }
      },
      text: { image, request in try image.finishedReports(request.options).image.summaryText })
  }

  static var emit: Stage<ImagePlan, Compilation> {
    Stage(
      name: .emit, run: { image, request in try Compilation(image, request.options) },
      check: { compilation, _ in try compilation.expectReadable() },
      text: { compilation, _ in compilation.report.summaryText })
  }
}

/// Plans that need more bytes than the cap allows, in the smallest way that was found.
///
/// It is caught by the thread that throws it, so that what remembers plans is never shared.
struct ArenaAboveCap: Error, @unchecked Sendable {
  let image: ImagePlan
}

extension CompileOptions {
  /// Where samples lie is one thing for all plans, and not all of them can read them there.
  fileprivate var samplesOfAll: SampleOption {
    get throws(OptionError) {
      guard plans != nil else { return samples }
      guard samples != .inPlace else {
        throw OptionError(option: "samples", value: samples.rawValue, expected: "auto or copied beside --plans")
      }
      return .copied
    }
  }
}
