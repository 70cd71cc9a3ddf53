import IR
import Memory
import Passes
import Report
import Runtime
import Schedule

/// A variant of a training step and its prediction: the same result for other amounts of memory and computation.
struct StepVariant {
  var training: TrainingGraph
  var inference: Graph
  /// Stages that are computed in patches, in the order they run.
  var stages: [PlanReport.PatchStage] = []
  var readsInPlace = false
  /// Whether the step as a whole has so many values that its variants are sized and planned as rarely as possible.
  let isLarge: Bool
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
    isLarge = training.graph.values.count > 4_000
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

  /// Bytes of the interpreter's state in the arena, where samples are copied or read in place.
  func controlBytes(readsInPlace: Bool) -> Int {
    let control = (readsInPlace ? SampleMemory.size : 0) + (paging == nil ? 0 : PageMemory.size)
    return aligned(control, to: arenaAlignment)
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
  func extended(_ option: PatchOption, readsInPlace: Bool) throws -> [SizedVariant] {
    let peaks = try RuledPeaks(self)
    guard let lastCut else { return extended(from: nil, option, readsInPlace, peaks) }
    let starts = [lastCut] + (isLarge ? [] : blocks(from: lastCut).map { ($0.training.cut, $0.inference.cut) })
    return starts.flatMap { extended(from: $0, option, false, peaks) }
  }

  /// Blocks that both graphs have, the shortest first: they begin with the same operations.
  private func blocks(
    from start: (training: ValueID, inference: ValueID)?
  ) -> [(training: PatchableBlocks, inference: PatchableBlocks)] {
    let predicted = PatchableBlocks.all(in: inference, from: start?.inference)
    let byLength = Dictionary(uniqueKeysWithValues: predicted.map { ($0.operations.count, $0) })
    return PatchableBlocks.all(in: training.graph, from: start?.training).compactMap { blocks in
      byLength[blocks.operations.count].map { (blocks, $0) }
    }
  }

  private func extended(
    from start: (training: ValueID, inference: ValueID)?, _ option: PatchOption, _ readsInPlace: Bool,
    _ peaks: RuledPeaks
  ) -> [SizedVariant] {
    let macs = macs
    let alike = blocks(from: start)
    guard let longest = alike.last else { return [] }
    // What is not in patches takes what it took, but for the samples where they are read in place.
    let samples = readsInPlace ? (longest.training.start, longest.inference.start) : nil
    let outside = peaks.outside(
      first: longest.training.operations, longest.inference.operations, without: samples)
    let firstLayer = training.graph.layers(upTo: longest.training.start) + 1
    var found: [SizedVariant] = []
    for (index, layers) in training.graph.byLayers(alike.map(\.training))
    where option.allows(layers: layers, isLarge: isLarge) {
      let (blocks, same) = alike[index]
      let estimate = outside[blocks.operations.count]
      for grid in option.grids where !grid.isWhole(training.graph.type(blocks.cut).shape) {
        guard let extra = training.graph.extraMacs(blocks, grid) else { continue }
        let stage = PlanReport.PatchStage(
          firstLayer: firstLayer, layers: layers, rows: grid.rows, columns: grid.columns, extraMacs: extra)
        found.append(
          SizedVariant(macs: macs + extra, lastLayer: firstLayer + layers, estimate: estimate) {
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
    var (layers, seen) = (0, 0)
    for (index, blocks) in all.enumerated() {
      layers += blocks.operations[seen...].count { macs(node($0)!) > 0 }
      seen = blocks.operations.count
      if result.last?.layers == layers { result.removeLast() }
      if layers > 0 { result.append((index, layers)) }
    }
    return result
  }
}
