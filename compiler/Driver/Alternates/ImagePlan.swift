import IR
import Memory
import Operators
import Report
import Runtime
import Schedule

/// The plans of an image over one arena, and the program that predicts with what any of them trained.
struct ImagePlan {
  /// Each as it would be alone, with the variables of all.
  private(set) var plans: Plans<PlacedStep>
  private(set) var predict: Schedule
  private(set) var arena: ArenaPlan
  let rotation: [Int]

  /// - Parameter plans: all have the same variables.
  init(_ plans: Plans<PlacedStep>, _ options: CompileOptions) throws {
    self.plans = plans
    rotation = options.plans?.rotation ?? []
    guard plans.members.count > 1 else {
      (predict, arena) = (plans.values[0].predict, plans.values[0].arena)
      return
    }
    let schedules = plans.values.map(\.train)
    // Plans that compute their first layers in patches predict in patches, too: the one that takes least serves all.
    let predictions = plans.values.map(\.predict)
    predict = predictions.min { $0.peakBytes < $1.peakBytes } ?? predictions[0]
    let control = plans.values.contains { $0.variant.paging != nil } ? PageMemory.size : 0
    arena = try place(schedules + [predict], control: control)
    try arena.check(schedules + [predict])
  }

  /// The same with scratch for the kernels that the target should run, as far as the arena has room for it.
  func withRoom(on machine: TargetMachine) throws -> ImagePlan {
    var image = self
    var schedules = plans.values.map(\.train) + [predict]
    image.arena.widenScratch(&schedules) { id, graph in
      guard let node = graph.node(id), let kernel = node.op as? any KernelOperator else { return 0 }
      return kernel.roomBytes(node.inputs.map(graph.type), graph.type(id), on: machine)
    }
    try image.arena.check(schedules)
    image.predict = schedules.removeLast()
    for (index, schedule) in schedules.enumerated() { image.plans.members[index].value.train = schedule }
    return image
  }

  var network: Network { plans.network }

  /// The plan that needs the most bytes.
  var largest: PlacedStep { plans.values[largestIndex] }

  private var largestIndex: Int {
    let bytes = plans.values.map(\.arena.arenaBytes)
    return bytes.indices.max { (bytes[$0], -$0) < (bytes[$1], -$1) } ?? 0
  }

  /// One report for each plan, and one of the image: what it trains in all, and the steps of the plan that needs the
  /// most bytes.
  func reports(_ options: CompileOptions) throws -> (image: PlanReport, plans: [PlanReport]) {
    let reports = try plans.members.map { try $0.value.report(options, policy: $0.policy, over: arena) }
    var report = reports[largestIndex]
    guard plans.members.count > 1 else { return (report, reports) }
    report.policy = options.plans?.name ?? report.policy
    report.plans = plans.members.enumerated().map { index, plan in
      PlanReport.Alternate(
        plan.name, reports[index], arenaBytes: plan.value.arena.arenaBytes,
        updatesPerRotation: rotation.count { $0 == index })
    }
    let trained = trained
    let tensors = Dictionary(reports.flatMap(\.trainedTensors).map { ($0.name, $0) }) { first, _ in first }
    report.trainedTensors = trained.compactMap { tensors[$0.parameter.name] }
    report.trainedParameters = trained.reduce(0) { $0 + $1.count }
    report.opcodes = Set(reports.flatMap(\.opcodes)).sorted()
    report.residentBytes = bytesOfConstants(plans.values.map(\.training.graph) + [predict.graph])
    return (report, reports)
  }

  /// The same, with what each measure made of the largest plan.
  func finishedReports(_ options: CompileOptions) throws -> (image: PlanReport, plans: [PlanReport]) {
    var reports = try reports(options)
    reports.image.savings = try largest.savings()
    reports.image.nameInitializers(network.origins.withoutTensor, network.graph.scaledLayers.mapValues(\.weight))
    return reports
  }

  /// Everything that at least one plan trains, in the order of the network, with the rows of the first one that does.
  var trained: [(parameter: PlanMetadata.Parameter, count: Int)] {
    let graph = network.graph
    let places = Dictionary(graph.ids.map { (graph[$0].name, $0) }) { first, _ in first }
    var found: [ValueID: (parameter: PlanMetadata.Parameter, count: Int)] = [:]
    for training in plans.values {
      for (parameter, trained) in zip(training.parameters, training.training.parameters) {
        guard let place = places[parameter.scales?.weight ?? parameter.name], found[place] == nil else { continue }
        found[place] = (parameter, training.training.graph.type(trained.value).count)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
