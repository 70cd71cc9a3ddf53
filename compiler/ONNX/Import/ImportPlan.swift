/// What the rules need to know of the model beyond the node at hand.
struct ImportPlan: Sendable {
  let keepsBatchNorm: Bool
  /// How often each tensor is read, outputs of the model included.
  let uses: [String: Int]
  /// Samples in a batch, and what the file says where that is another number.
  let batch: Int?
  let declaredBatch: Int?
  /// Normalizations that disappear in the convolution in front of them, by the index of the convolution's node.
  let folds: [Int: BatchNormFold]
  let foldedBatchNorms: Set<Int>
  /// Biases, scales and shifts that go into convolutions with their normalizations: whatever else reads one of them
  /// trains it without these.
  let foldedOperands: Set<String>
  /// What kept normalizations from being looked at; the nodes that read the tensor say so too, all at once.
  let unreadable: ImportError?

  init(_ model: ONNXModel, _ options: ImportOptions, _ shapes: InputShapes) {
    keepsBatchNorm = options.keepBatchNorm
    batch = shapes.batch
    declaredBatch = shapes.declaredBatch
    let graph = model.proto.graph
    var uses: [String: Int] = [:]
    for name in graph.node.flatMap(\.input) + graph.output.map(\.name) { uses[name, default: 0] += 1 }
    self.uses = uses
    var folds: [Int: BatchNormFold] = [:]
    do throws(ImportError) {
      for fold in keepsBatchNorm ? [] : try model.batchNormFolds() { folds[fold.conv] = fold }
      unreadable = nil
    } catch { unreadable = error }
    self.folds = folds
    foldedBatchNorms = Set(folds.values.map(\.batchNorm))
    foldedOperands = Set(folds.values.flatMap(\.operands))
  }
}
