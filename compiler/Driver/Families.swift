import IR
import Report
import Select

/// Changes of the options that may bring a plan under its cap, each family from the smallest change to the largest.
///
/// Every candidate is planned with the same stages as the plan itself, so its figure is that of a plan.
func families(_ image: ImagePlan, _ request: CompileRequest) -> [[Candidate]] {
  let (planned, network) = (image.largest, image.network)
  var options = request.options
  // What calibration chose once is not chosen again.
  options.formats = network.gradientFormats
  func changed(_ change: (inout CompileOptions) -> Void) -> CompileRequest {
    var changed = options
    // What few plans find is found when it is compiled.
    changed.isSuggestion = true
    change(&changed)
    var other = request.with(changed)
    other.chooseFormats = nil
    other.watch = CompileWatch(report: { _ in }, isEnded: request.watch.isEnded)
    return other
  }
  func candidate(
    _ option: String, of network: SharedNetwork? = nil, _ change: (inout CompileOptions) -> Void
  ) -> Candidate {
    let other = changed(change)
    let network = network ?? SharedNetwork(other)
    return Candidate(
      option: option, isLikely: { try isLikely(network.read(), other) },
      plan: { try Stages(Pipeline.select).then(Pipeline.placedPlans).run(network.read(), other).arena.arenaBytes })
  }
  var families: [[Candidate]] = []
  if network.reference != nil {
    // The same update from fewer samples at a time; the sums of their gradients take bytes too.
    let parts = halvings(of: options.batch).filter { options.batch % $0 == 0 }
    var batches = parts.map { size in
      let count = options.accumulate * options.batch / size
      return candidate("--batch \(size) --accumulate \(count)") { ($0.batch, $0.accumulate) = (size, count) }
    }
    if options.batch > 1 { batches.append(candidate("--batch 1") { $0.batch = 1 }) }
    families.append(batches)
    families.append(
      smallerInputs(network).map { shape in
        let text = ([1] + shape.dropFirst()).map(String.init).joined(separator: "x")
        return candidate("--input-shape \(text)") { $0.inputShape = shape }
      })
  }
  if options.plans == nil {
    let layers = network.graph.layers.count { $0.kind == .weighted }
    let trained = trainedLayers(planned)
    // None of these policies has branches of its own, so that all train one network.
    let shared = SharedNetwork(changed { $0.policy = .preset("bias") })
    families.append(
      (1..<max(1, min(trained, layers))).reversed().map { count in
        candidate("--policy last-\(count)", of: shared) { $0.policy = .preset("last-\(count)") }
      })
    if options.policy != .preset("bias") {
      families.append([candidate("--policy bias", of: shared) { $0.policy = .preset("bias") }])
    }
  }
  if options.accumulate > 1 { families.append([candidate("--accumulate 1") { $0.accumulate = 1 }]) }
  if options.optimizer == .momentum { families.append([candidate("--optimizer sgd") { $0.optimizer = .sgd }]) }
  return families
}

/// How many candidates suggestions may look at: one of a large step takes seconds.
func looksToSuggest(_ planned: PlacedStep) -> Int { max(8, 60_000 / planned.training.graph.values.count) }

/// Whether sizes and lifetimes let every step expect a plan under the cap.
private func isLikely(_ network: Network, _ request: CompileRequest) throws -> Bool {
  guard let cap = request.options.capBytes else { return true }
  let steps = try Stages(Pipeline.select).then(Pipeline.steps).run(network, request)
  return try steps.values.allSatisfy { step in
    try VariantSearch(step, request.options, StepPlanner(steps.network, under: cap, request.watch)).isLikely(cap)
  }
}

/// A network that several candidates are made of, read once.
private final class SharedNetwork {
  private let request: CompileRequest
  private lazy var network = Result { try Pipeline.network.run((), request) }

  init(_ request: CompileRequest) { self.request = request }

  func read() throws -> Network { try network.get() }
}

/// Half, a quarter, ... down to one.
private func halvings(of batch: Int) -> [Int] {
  var sizes: [Int] = []
  var size = batch / 2
  while size >= 1 {
    sizes.append(size)
    size /= 2
  }
  return sizes
}

/// Square pictures of seven to four eighths of the side, in multiples of 16.
private func smallerInputs(_ network: Network) -> [[Int]] {
  let shape = network.inputShape
  guard shape.count == 4 else { return [] }
  let axes = [1 + network.axes.order[0], 1 + network.axes.order[1]]
  guard shape[axes[0]] == shape[axes[1]] else { return [] }
  let side = shape[axes[0]]
  let sides = Set([7, 6, 5, 4].map { side * $0 / 8 / 16 * 16 }).sorted(by: >)
  return sides.compactMap { smaller in
    guard smaller >= 16, smaller < side else { return nil }
    var result = shape
    for axis in axes { result[axis] = smaller }
    return result
  }
}

/// Weighted layers from the first trained one to the last.
private func trainedLayers(_ planned: PlacedStep) -> Int {
  let graph = planned.network.graph
  let weighted = graph.layers.filter { $0.kind == .weighted }
  let names = Set(planned.training.parameters.map(\.name))
  let first = weighted.firstIndex { layer in
    names.contains(graph[layer.weight].name) || layer.bias.map { names.contains(graph[$0].name) } ?? false
  }
  return first.map { weighted.count - $0 } ?? 0
}
