import IR
import Passes
import Report
import Schedule

/// A variant of a training step and its prediction: the same result for other amounts of memory and computation.
struct StepVariant {
  var training: TrainingGraph
  var inference: Graph
  /// Stages that are computed in patches, in the order they run.
  var stages: [PlanReport.PatchStage] = []
  var readsInPlace = false
  /// Weights whose old values are kept aside.
  var oldWeights: PlanReport.OldWeights?
  /// What backward rematerializes.
  var recomputation: PlanReport.Recomputation?
  /// Saved tensors that are compressed.
  var codecs: [PlanReport.Codec] = []
  /// What is paged out.
  var paging: PlanReport.Paging?
  /// The measures that were taken, each with what the step was before it.
  private(set) var history: [(measure: String, before: StepVariant)] = []
  /// The same object for copies of one variant alone.
  private(set) var identity = Identity()
  /// The cut of the last stage in both graphs.
  private var lastCut: (training: ValueID, inference: ValueID)?

  final class Identity: Sendable {}

  init(_ training: TrainingGraph, _ inference: Graph) {
    self.training = training
    self.inference = inference
  }

  /// Multiplications of one step.
  var macs: Int { training.graph.macs }

  /// The variant after one more measure; `take` takes it.
  func after(_ measure: String, _ take: (inout StepVariant) throws -> Void) rethrows -> StepVariant {
    var variant = self
    variant.history.append((measure, self))
    variant.identity = Identity()
    try take(&variant)
    return variant
  }

  /// The operations that another stage could compute in patches.
  var patchable: (training: Set<ValueID>, inference: Set<ValueID>) {
    func operations(_ graph: Graph, _ start: ValueID?) -> Set<ValueID> {
      Set(PatchableBlocks.all(in: graph, from: start).last?.operations ?? [])
    }
    return (
      operations(training.graph, lastCut?.training), operations(inference, lastCut?.inference)
    )
  }

  /// The orders of both programs.
  func schedules(_ effort: OrderEffort) throws -> (train: Schedule, predict: Schedule) {
    (
      try schedule(training.graph, forwardCount: training.forwardCount, effort: effort),
      try schedule(inference, effort: effort)
    )
  }
}

extension StepVariant {
  /// The variants with one more stage in patches, behind those that there are.
  ///
  /// - Parameter readsInPlace: whether the first stage reads samples where they lie.
  func extended(_ option: PatchOption, readsInPlace: Bool) -> [SizedVariant] {
    guard let lastCut else { return extended(from: nil, option, readsInPlace) }
    let starts = [lastCut] + blocks(from: lastCut).map { ($0.training.cut, $0.inference.cut) }
    return starts.flatMap { extended(from: $0, option, false) }
  }

  /// Blocks that both graphs have, the shortest first: they begin with the same operations.
  private func blocks(
    from start: (training: ValueID, inference: ValueID)?
  ) -> [(training: PatchableBlocks, inference: PatchableBlocks)] {
    let predicted = PatchableBlocks.all(in: inference, from: start?.inference)
    return PatchableBlocks.all(in: training.graph, from: start?.training).compactMap { blocks in
      predicted.first { $0.operations.count == blocks.operations.count }.map { (blocks, $0) }
    }
  }

  private func extended(
    from start: (training: ValueID, inference: ValueID)?, _ option: PatchOption, _ readsInPlace: Bool
  ) -> [SizedVariant] {
    let macs = macs
    let alike = blocks(from: start)
    var found: [SizedVariant] = []
    for (index, layers) in training.graph.byLayers(alike.map(\.training)) where option.allows(layers: layers) {
      let (blocks, same) = alike[index]
      let firstLayer = training.graph.layers(upTo: blocks.start) + 1
      for grid in option.grids where !grid.isWhole(training.graph.type(blocks.cut).shape) {
        guard let extra = training.graph.extraMacs(blocks, grid) else { continue }
        let stage = PlanReport.PatchStage(
          firstLayer: firstLayer, layers: layers, rows: grid.rows, columns: grid.columns, extraMacs: extra)
        found.append(
          SizedVariant(macs: macs + extra, lastLayer: firstLayer + layers) {
            try self.adding(stage, blocks, same, grid, readsInPlace)
          })
      }
    }
    return found
  }

  private func adding(
    _ stage: PlanReport.PatchStage, _ blocks: PatchableBlocks, _ predicted: PatchableBlocks, _ grid: PatchGrid,
    _ readsInPlace: Bool
  ) throws -> StepVariant {
    guard let step = try training.patched(blocks, grid, readsInPlace: readsInPlace),
      let predict = try inference.patched(predicted, grid, readsInPlace: readsInPlace)
    else { preconditionFailure("blocks whose multiplications were counted can be computed in patches") }
    return after(stage.text + (readsInPlace ? ", \(PlanReport.samplesInPlace)" : "")) { variant in
      variant.training = step.step
      variant.inference = predict.graph
      variant.lastCut = (step.cut, predict.cut)
      variant.readsInPlace = self.readsInPlace || readsInPlace
      variant.stages = stages + [stage]
    }
  }
}

extension PatchGrid {
  /// Whether one patch would be all there is.
  fileprivate func isWhole(_ shape: [Int]) -> Bool { rows * columns * (splitsBatch ? shape[0] : 1) == 1 }
}

extension Graph {
  /// Multiplications of all operations.
  var macs: Int { nodes.reduce(0) { $0 + macs($1) } }

  /// Different layers, by what they are called, up to a value.
  fileprivate func layers(upTo id: ValueID) -> Int {
    Set(nodes.filter { $0.output <= id && macs($0) > 0 }.map { self[$0.output].name }).count
  }

  /// Of blocks with as many layers the largest: what follows a layer comes with it.
  fileprivate func byLayers(_ all: [PatchableBlocks]) -> [(index: Int, layers: Int)] {
    var result: [(index: Int, layers: Int)] = []
    for (index, blocks) in all.enumerated() {
      let layers = blocks.operations.count { macs(node($0)!) > 0 }
      if result.last?.layers == layers { result.removeLast() }
      if layers > 0 { result.append((index, layers)) }
    }
    return result
  }
}
