import Driver
import Runtime

extension Model {
  /// Scores out of the gradients of single samples, in float, with nothing trained but the head.
  ///
  /// A new head starts from random values, whose gradients say little; so it is trained first.
  ///
  /// - Parameters:
  ///   - samples: how many are looked at.
  ///   - warmup: updates of the head before.
  ///   - progress: samples that have been run, and how many there will be.
  /// - Returns: weight of the layer → score.
  /// - Throws: as `compile`, and `EspalierError.data`.
  public func gradientScores(
    _ kind: ScoreKind, on data: Samples, _ options: CompileOptions, samples: Int = 128, warmup: Int = 100,
    progress: (Int, Int) -> Bool = { _, _ in true }
  ) throws -> [String: LayerScore] {
    var options = options
    options.mode = .f32
    options.formats = nil
    options.optimizer = .sgd
    options.accumulate = 1
    options.batch = options.keepBatchNorm ? options.batch : 1
    let plan = try Plan.compile(self, cap: .none, policy: .full, options: options)
    var passes = try GradientPasses(Trainer(plan), data)
    let updates = options.classes == nil ? 0 : warmup
    let total = updates + samples
    for index in 0..<total {
      guard progress(index, total) else { break }
      try passes.run(trainsHead: index < updates)
    }
    return passes.scores(kind)
  }
}

/// Training steps without updates, or with those of the head alone, whose gradients are summed up.
private struct GradientPasses {
  private let trainer: Trainer
  private let parameters: [PlanMetadata.Parameter]
  private let rows: [Int: Int]
  private var cursor: DataCursor
  private let samples: Samples
  /// Parameter → element.
  private var sums: [[Double]] = []
  private var squares: [[Double]] = []
  private var count = 0

  init(_ trainer: Trainer, _ samples: Samples) throws(EspalierError) {
    self.trainer = trainer
    self.samples = samples
    parameters = trainer.plan.metadata.parameters
    rows = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { ($1.gradientRow, $0) })
    cursor = try samples.cursor(.train, for: trainer.plan, DataOrder(seed: 1, shuffles: true))
    sums = parameters.map { [Double](repeating: 0, count: $0.shape.reduce(1, *)) }
    squares = sums
  }

  /// The last weight and its bias.
  private var head: Set<Int> {
    guard let last = parameters.lastIndex(where: { $0.kind == "weight" }) else { return [] }
    return Set(last..<parameters.count)
  }

  mutating func run(trainsHead: Bool) throws(EspalierError) {
    let head = trainsHead ? head : []
    var found: [(parameter: Int, values: [Float])] = []
    try trainer.withState { state throws(EspalierError) in
      try state.fillBatch(&cursor, path: samples.path)
      var row = 0
      state.session.walk { opcode, call in
        defer { row += 1 }
        guard let parameter = rows[row] else { return opcode.isUpdate ? .skip : .run }
        if head.contains(parameter) { return .run }
        if !trainsHead { found.append((parameter, call.floats(2)?.array ?? [])) }
        return .skip
      }
    }
    guard !trainsHead else { return }
    count += 1
    for (parameter, values) in found where values.count == sums[parameter].count {
      for (index, value) in values.enumerated() {
        sums[parameter][index] += Double(value)
        squares[parameter][index] += Double(value) * Double(value)
      }
    }
  }

  func scores(_ kind: ScoreKind) -> [String: LayerScore] {
    let scale = 1 / Double(max(count, 1))
    let worth =
      kind == .fisher ? squares.map { $0.map { $0 * scale } } : sums.map { $0.map { $0 * $0 * scale * scale } }
    var scores: [String: LayerScore] = [:]
    var last: String?
    for (parameter, values) in zip(parameters, worth) {
      if parameter.kind == "bias" {
        // A bias stands behind the weight of its layer.
        if let last { scores[last]?.bias = values.reduce(0, +) }
        continue
      }
      last = parameter.name
      let width = parameter.kind == "scale" ? 1 : parameter.layout.permutedShape.last ?? 1
      var channels = [Double](repeating: 0, count: width)
      for (index, value) in values.enumerated() { channels[index % width] += value }
      scores[parameter.name] = LayerScore(channels: channels, bias: 0)
    }
    return scores
  }
}
