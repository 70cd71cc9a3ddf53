import ArgumentParser
import Deploy
import Runtime

/// What a runner is built with.
struct BuildArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Verbs of the runner, the fewer the smaller: \(PartList.names(of: RunnerParts.verbs)).", valueName: "list"))
  var verbs = PartList(RunnerParts.verbs)

  @Option(help: ArgumentHelp("Where it can train from: \(PartList.names(of: RunnerParts.feeds)).", valueName: "list"))
  var feeds = PartList(RunnerParts.feeds)

  @Flag(help: "A runner for this plan alone, which is checked now instead of on the board; much smaller.")
  var sealed = false

  @Flag(help: "Also the verb profile, for `espalier profile --measured`.")
  var profile = false

  func validate() throws {
    for (option, list, known) in [("--verbs", verbs, RunnerParts.verbs), ("--feeds", feeds, RunnerParts.feeds)] {
      guard let other = list.parts.first(where: { !known.contains($0) }) else { continue }
      throw ValidationError("\(option) cannot be \(other): give some of \(PartList.names(of: known))")
    }
  }

  var parts: RunnerParts { RunnerParts(Set(verbs.parts + feeds.parts + (profile ? [.profile] : []))) }

  /// Names of all verbs that the runner has.
  var verbNames: [String] { verbs.names + (profile ? ["profile"] : []) }
}

/// Names of a runner's parts with commas between.
struct PartList: ExpressibleByArgument {
  let parts: [RunnerPart]

  init(_ parts: [RunnerPart]) { self.parts = parts }

  init?(argument: String) {
    let known = RunnerParts.verbs + RunnerParts.feeds
    var parts: [RunnerPart] = []
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let part = known.first(where: { "\($0)" == name }) else { return nil }
      parts.append(part)
    }
    self.parts = parts
  }

  static func names(of parts: [RunnerPart]) -> String { parts.map { "\($0)" }.joined(separator: ",") }

  var names: [String] { parts.map { "\($0)" } }
  var defaultValueDescription: String { "all" }
}
