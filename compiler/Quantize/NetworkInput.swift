import IR
import ONNX

/// What a model takes, and how it is read so that several samples run at once.
struct NetworkInput {
  /// Samples of one run, where the file leaves that open.
  static let batch = 8
  /// Bytes that values of all batches at once may take, roughly.
  static let memory = 1 << 29

  let importing: ImportOptions
  let axes: SampleAxes
  let batch: Int
  /// Tensors that depend on the input.
  let tensors: Set<String>
  /// Batches whose values fit in memory together.
  let batchesInMemory: Int
  /// The same where all values are kept until the end.
  let keptBatchesInMemory: Int

  /// - Throws: `QuantizeError.inputs`, `ImportError`.
  init(_ model: ONNXModel, _ options: QuantizeOptions) throws {
    var importing = ImportOptions()
    importing.inputShape = options.inputShape
    importing.observed = model.tensorNames
    importing.treatsSamplesAlike = true
    importing.batch = Self.batch
    let imported: ImportedModel
    do { imported = try model.imported(importing) } catch {
      // A file that was made for one size of batches.
      importing.batch = nil
      imported = try model.imported(importing)
    }
    let graph = imported.graph
    guard imported.inputs.count == 1, let input = graph.value(named: imported.inputs[0].name) else {
      throw QuantizeError.inputs(path: model.path, names: imported.inputs.map(\.name))
    }
    batch = graph.type(input).shape.first ?? 1
    axes = imported.inputs[0].axes
    let known = Set(model.tensorNames)
    tensors = Set(graph.outputs.map(\.name)).intersection(known)
    importing.observed = []
    self.importing = importing
    let largest = graph.values.map(\.type.bytes).max() ?? 1
    // A few values live at the same time, each before and after rounding.
    batchesInMemory = max(1, Self.memory / (6 * largest))
    keptBatchesInMemory = max(1, Self.memory / graph.values.reduce(1) { $0 + $1.type.bytes })
  }
}
