import Emit
import IR
import Report
import Runtime

extension Compilation {
  /// The bytes of an image, with what only they tell in the report.
  init(_ planned: ImagePlan, _ options: CompileOptions) throws {
    let reports = try planned.finishedReports(options)
    var contents = try ImageContents(
      plans: planned.plans.members.map { ($0.name, $0.value.train) }, predict: planned.predict, arena: planned.arena,
      machine: options.machine)
    contents.rotation = planned.rotation
    contents.learningRates = options.learningRates
    contents.plannedUpdates = options.steps
    contents.window = options.accumulate
    let pages = planned.plans.values.compactMap(\.variant.paging)
    contents.pageBytes = pages.map(\.fileBytes).max() ?? 0
    contents.statePageBytes = pages.map(\.stateBytes).max() ?? 0
    contents.setInput(planned.network.axes)
    contents.metadata = try PlanMetadata(planned, options, reports).json()
    image = contents.bytes()
    let digest = image.withUnsafeBytes { raw in
      raw.loadUnaligned(fromByteOffset: raw.count - Digest.size, as: Digest.self)
    }
    isCutShort = planned.plans.values.contains { $0.planner?.isCutShort == true }
    report = reports.image
    report.digest = digest.hexadecimal
    report.imageBytes = image.count
  }

  /// The reader accepts what the writer wrote.
  ///
  /// - Throws: `ImageError`.
  func expectReadable() throws(ImageError) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: image.count, alignment: ImageHeader.alignment)
    defer { copy.deallocate() }
    copy.copyBytes(from: image)
    _ = try Image(Bytes(UnsafeRawBufferPointer(copy)))
  }
}

extension PlanMetadata {
  fileprivate init(
    _ planned: ImagePlan, _ options: CompileOptions, _ reports: (image: PlanReport, plans: [PlanReport])
  ) {
    self.init(
      planned.network, parameters: planned.trained.map(\.parameter), loss: options.loss.rawValue,
      report: reports.image)
    states = planned.states.isEmpty ? nil : planned.states
    guard planned.plans.members.count > 1 else { return }
    plans = zip(planned.plans.members, reports.plans).map { member, report in
      PlanMetadata.Alternate(name: member.name, parameters: member.value.parameters, report: report)
    }
  }
}

extension ImagePlan {
  /// Variables that are no tensors of the network, and what they remember.
  fileprivate var states: [String: PlanMetadata.State] {
    // Every step has the variables of all.
    let graph = plans.values[0].training.graph
    var states: [String: PlanMetadata.State] = [:]
    for id in graph.ids where graph.isVariable(id) {
      switch graph[id].kind {
      case .state: states[graph[id].name] = .optimizer
      case .range: states[graph[id].name] = .range
      case .lossState: states[graph[id].name] = .loss
      case .tensor, .weight, .label, .scale, .gradient: break
      }
    }
    return states
  }
}
