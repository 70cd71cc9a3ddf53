import Foundation
import IR
import Runtime
import Samples

/// Samples to train on, to judge by or to predict: packed data, or the arrays of an `.npz` file packed in memory.
public struct Samples: Sendable {
  public let path: String
  // The storage keeps the bytes that the pack is a view of.
  private let storage: any ConstantStorage
  nonisolated(unsafe) let pack: Pack
  /// What bytes of an array are multiplied with, where nobody said so.
  public private(set) var assumedScale: Float?

  /// Opens `.pack`, `.npz` or `.npy`.
  ///
  /// - Parameters:
  ///   - plan: what the samples are for: an array may bear the name of its input instead of `x`.
  ///   - needsLabels: where no labels are needed, none are read, and every sample of arrays is of class 0.
  /// - Throws: `EspalierError.cannotRead`, `samples`, `data`.
  public init(path: String, for plan: Plan? = nil, needsLabels: Bool = true) throws(EspalierError) {
    try self.init(path: path, input: plan?.metadata.input, needsLabels: needsLabels)
  }

  /// Opens the samples of a model.
  ///
  /// - Throws: `EspalierError.cannotRead`, `samples`, `data`.
  public init(path: String, for model: Model, needsLabels: Bool = true) throws(EspalierError) {
    try self.init(path: path, input: model.file.inputNames.first, needsLabels: needsLabels)
  }

  private init(path: String, input: String?, needsLabels: Bool) throws(EspalierError) {
    let file = try FileBytes.mapped(path) { .samples(.malformed(path: path, .truncated)) }
    let start = file.withBytes { [UInt8]($0.prefix(8)) }
    if start.starts(with: Array("PK".utf8)) || start.first == 0x93 {
      let memory: AlignedBytes
      do throws(DataFileError) {
        let names = try NPZ.names(in: file, path: path)
        let arrays = try NPZ(
          file, path: path, only: ArraySource.wanted(among: names, input, needsLabels: needsLabels))
        memory = try PackWriter(ArraySource(arrays, path: path, input: input, needsLabels: needsLabels)).packed()
      } catch { throw .samples(error) }
      try self.init(memory, memory.bytes, path: path)
      if pack.type == .u8 { assumedScale = pack.header.input.scale }
    } else {
      try self.init(file, file.bytes, path: path)
    }
  }

  /// - Throws: as `init(path:for:needsLabels:)`.
  public init(contentsOf url: URL) throws(EspalierError) { try self.init(path: url.path) }

  private init(_ storage: any ConstantStorage, _ bytes: Bytes, path: String) throws(EspalierError) {
    self.storage = storage
    self.path = path
    do { pack = try Pack(bytes) } catch { throw .data(path: path, error) }
  }

  /// The samples as a packed file holds them.
  public func bytes() -> [UInt8] { storage.withBytes { [UInt8]($0) } }

  /// Number of samples.
  public var count: Int { pack.samples }
  /// How many of them, from the first on, are for training.
  public var trainCount: Int { Int(pack.header.trainSamples) }

  /// The evaluation split, or all samples where there is none.
  var evaluationPart: DataPart { pack.evaluationPart }

  /// A pass over a part of the samples; every label of the part is checked first.
  ///
  /// - Throws: `EspalierError.data`: samples or labels that do not go with the plan.
  func cursor(_ part: DataPart, for plan: Plan, _ order: DataOrder, checksLabels: Bool = true)
    throws(EspalierError) -> DataCursor
  {
    do throws(DataError) {
      if checksLabels { try pack.checkLabels(part, for: plan.image) }
      return try DataCursor(pack, part, for: plan.image, order)
    } catch {
      throw self.error(error, input: plan.metadata.input, plan.image.header.input)
    }
  }
}

extension Samples {
  /// The same with the shapes of arrays in the model's words.
  func error(_ error: DataError, input: String, _ array: PlanArray) -> EspalierError {
    guard case .sampleDiffers(let found, let expected) = error else { return .data(path: path, error) }
    let sides = [array.rows, array.columns, array.channels].map { Int($0) }
    return .sampleShape(
      path: path, found: found.sizes, input: input, expected: expected.sizes,
      picture: pack.layout == .picture ? sides : nil)
  }

  /// Whether samples and labels go with a plan, as `Trainer.evaluate` takes them.
  ///
  /// - Throws: `EspalierError.data`.
  public func check(for plan: Plan) throws(EspalierError) {
    _ = try cursor(evaluationPart, for: plan, DataOrder(padsLastBatch: true))
  }
}
