import IR
import Report
import Select

/// Changes of the options that may bring a plan under its cap, each family from the smallest change to the largest.
///
/// Every candidate is planned with the same stages as the plan itself, so its figure is exact.
func families(_ image: ImagePlan, _ request: CompileRequest) -> [[Candidate]] {
  let (planned, network) = (image.largest, image.network)
  var options = request.options
  // What calibration chose once is not chosen again.
  options.formats = network.gradientFormats
  func candidate(_ option: String, _ change: (inout CompileOptions) -> Void) -> Candidate {
    var changed = options
    // What fits with one stage fits with those that are looked for when it is compiled.
    changed.patchStages = 1
    changed.wantsSmallest = false
    change(&changed)
    var other = request.with(changed)
    other.chooseFormats = nil
    return Candidate(option: option) { [other] in try Pipeline.placed.run((), other).arena.arenaBytes }
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
    families.append(
      (1..<max(1, min(trained, layers))).reversed().map { count in
        candidate("--policy last-\(count)") { $0.policy = .preset("last-\(count)") }
      })
    if options.policy != .preset("bias") {
      families.append([candidate("--policy bias") { $0.policy = .preset("bias") }])
    }
  }
  if options.accumulate > 1 { families.append([candidate("--accumulate 1") { $0.accumulate = 1 }]) }
  if options.optimizer == .momentum { families.append([candidate("--optimizer sgd") { $0.optimizer = .sgd }]) }
  return families
}

/// How many plans suggestions may cost: one of a large step takes seconds.
func plansToSuggest(_ planned: PlacedStep) -> Int { max(2, 20_000 / planned.training.graph.values.count) }

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
  return [7, 6, 5, 4].compactMap { eighths in
    let smaller = side * eighths / 8 / 16 * 16
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
