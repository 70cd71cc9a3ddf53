import Emit
import IR
import Memory
import Report
import Runtime
import Schedule

/// The plans of an image over one arena, and the program that predicts with what any of them trained.
struct PlannedImage {
  struct Member {
    /// Empty for the only one.
    var name: String
    /// What its policy is called.
    var policy: String
    /// The plan as it would be alone, with the variables of all.
    var planned: Planned
  }

  let members: [Member]
  let predict: Schedule
  let arena: ArenaPlan
  let turns: [Int]

  init(_ planned: Planned, policy: String) {
    members = [Member(name: "", policy: policy, planned: planned)]
    (predict, arena, turns) = (planned.predict, planned.arena, [])
  }

  /// Several plans; all have the same variables.
  init(_ members: [Member], turns: [Int]) throws {
    self.members = members
    self.turns = turns
    let schedules = members.map(\.planned.train)
    // Plans that compute their first layers in patches predict in patches, too: the one that takes least serves all.
    let predictions = members.map(\.planned.predict)
    predict = predictions.min { $0.peakBytes < $1.peakBytes } ?? predictions[0]
    let control = members.contains { $0.planned.variant.paging != nil } ? PageMemory.size : 0
    arena = try place(schedules + [predict], control: control)
    try arena.check(schedules + [predict])
  }

  var network: Network { members[0].planned.network }

  /// The plan that needs the most bytes.
  var largest: Planned { members[largestIndex].planned }

  private var largestIndex: Int {
    let bytes = members.map(\.planned.arena.arenaBytes)
    return bytes.indices.max { (bytes[$0], -$0) < (bytes[$1], -$1) } ?? 0
  }

  /// One report for each plan, and one of the image: what it trains in all, and the steps of the plan that needs the
  /// most bytes.
  func reports(_ options: CompileOptions) throws -> (image: PlanReport, plans: [PlanReport]) {
    let reports = try members.map { try $0.planned.report(options, policy: $0.policy, over: arena) }
    var report = reports[largestIndex]
    guard members.count > 1 else { return (report, reports) }
    report.policy = options.plans?.name ?? report.policy
    report.plans = members.indices.map { plan in
      PlanReport.Alternate(
        members[plan].name, reports[plan], arenaBytes: members[plan].planned.arena.arenaBytes,
        turns: turns.count { $0 == plan })
    }
    let trained = trained
    let tensors = Dictionary(reports.flatMap(\.trainedTensors).map { ($0.name, $0) }) { first, _ in first }
    report.trainedTensors = trained.compactMap { tensors[$0.parameter.name] }
    report.trainedParameters = trained.reduce(0) { $0 + $1.count }
    report.opcodes = Set(reports.flatMap(\.opcodes)).sorted()
    report.residentBytes = bytesOfConstants(members.map(\.planned.training.graph) + [predict.graph])
    return (report, reports)
  }

  /// Everything that at least one plan trains, in the order of the network, with the rows of the first one that does.
  var trained: [(parameter: PlanMetadata.Parameter, count: Int)] {
    let graph = network.graph
    let places = Dictionary(graph.ids.map { (graph[$0].name, $0) }) { first, _ in first }
    var found: [ValueID: (parameter: PlanMetadata.Parameter, count: Int)] = [:]
    for training in members.map(\.planned) {
      for (parameter, trained) in zip(training.parameters, training.training.parameters) {
        guard let place = places[parameter.scales?.weight ?? parameter.name], found[place] == nil else { continue }
        found[place] = (parameter, training.training.graph.type(trained.value).count)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// The bytes of an image, and the digest that names it.
func emit(
  _ planned: PlannedImage, _ options: CompileOptions, _ reports: (image: PlanReport, plans: [PlanReport])
) throws -> (bytes: [UInt8], digest: Digest) {
  var contents = try ImageContents(
    plans: planned.members.map { ($0.name, $0.planned.train) }, predict: planned.predict, arena: planned.arena)
  contents.turns = planned.turns
  contents.learningRates = options.learningRates
  contents.plannedUpdates = options.steps
  contents.window = options.accumulate
  let pages = planned.members.compactMap(\.planned.variant.paging)
  contents.pageBytes = pages.map(\.fileBytes).max() ?? 0
  contents.statePageBytes = pages.map(\.stateBytes).max() ?? 0
  contents.channelsFirst = planned.network.channelsFirst
  var metadata = PlanMetadata(
    planned.network, parameters: planned.trained.map(\.parameter), loss: options.loss.rawValue,
    report: reports.image)
  if planned.members.count > 1 {
    metadata.plans = zip(planned.members, reports.plans).map { member, report in
      PlanMetadata.Alternate(name: member.name, parameters: member.planned.parameters, report: report)
    }
  }
  contents.metadata = try metadata.json()
  let bytes = contents.bytes()
  let digest = bytes.withUnsafeBytes { raw in
    raw.loadUnaligned(fromByteOffset: raw.count - Digest.size, as: Digest.self)
  }
  return (bytes, digest)
}
