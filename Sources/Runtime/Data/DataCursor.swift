/// The samples of a pack that a pass goes over.
public enum DataPart: Sendable { case train, evaluation, all }

/// How a pass goes over its samples.
public struct DataOrder: Equatable, Sendable {
  public var seed: UInt64
  /// Another order every epoch; else the order of the file.
  public var shuffles: Bool
  /// Fills the last batch up with zeros and then reports the end; else drops it and goes on with the next epoch.
  public var padsLastBatch: Bool
  public var augmentation: Augmentation

  public init(
    seed: UInt64 = 0, shuffles: Bool = false, padsLastBatch: Bool = false, augmentation: Augmentation = Augmentation()
  ) {
    self.seed = seed
    self.shuffles = shuffles
    self.padsLastBatch = padsLastBatch
    self.augmentation = augmentation
  }
}

/// Gives the samples of a pack batch by batch; its state is two numbers.
public struct DataCursor {
  public let pack: Pack
  public let order: DataOrder
  public let batch: Int
  /// Samples of the part.
  public let count: Int
  public private(set) var epoch: UInt32 = 0
  /// Samples of this epoch that have been given.
  public private(set) var position = 0
  private let first: Int
  private let classes: Int

  /// - Throws: `DataError.sampleDiffers` or `tooFewSamples`.
  public init(_ pack: Pack, _ part: DataPart, for image: Image, _ order: DataOrder) throws(DataError) {
    try pack.form.check(for: image)
    let split = Int(pack.header.trainSamples)
    self.pack = pack
    self.order = order
    batch = image.batch
    classes = image.classes
    first = part == .evaluation ? split : 0
    count = (part == .train ? split : pack.samples) &- first
    let needed = order.padsLastBatch ? 1 : batch
    guard count >= needed else { throw .tooFewSamples(have: count, needed: needed) }
  }

  /// Batches of one epoch.
  public var batchesPerEpoch: Int { order.padsLastBatch ? (count &+ batch &- 1) / batch : count / batch }

  /// Goes to where another cursor over the same part stood; a position outside the part starts its epoch anew.
  public mutating func seek(epoch: UInt32, position: Int) {
    self.epoch = epoch
    self.position = position >= 0 && position <= count ? position : 0
  }

  /// Goes on where a training left off; one with other data begins these with the first of its pass.
  ///
  /// - Returns: whether they are other data.
  public mutating func resume(_ progress: DataProgress) -> Bool {
    let isOther = progress.data != 0 && progress.data != pack.fingerprint
    seek(epoch: progress.epoch, position: isOther ? 0 : Int(truncatingIfNeeded: progress.position))
    return isOther
  }

  /// Index in the pack of what is given at `position` of the present epoch.
  public func sample(at position: Int) -> Int {
    guard order.shuffles else { return first &+ position }
    return first &+ Permutation(count: count, seed: order.seed, epoch: epoch)[position]
  }

  /// Writes the next batch and returns how many of its samples are real.
  ///
  /// That is 0 only after the last batch of a pass that pads; the next call starts the next epoch.
  /// - Throws: `DataError.label`, `labelsDiffer` or `notFinite`.
  public mutating func fill(_ buffers: BatchBuffers) throws(DataError) -> Int {
    if pads ? position >= count : count &- position < batch {
      epoch &+= 1
      position = 0
      if pads { return 0 }
    }
    let valid = min(batch, count &- position)
    let permutation = Permutation(count: count, seed: order.seed, epoch: epoch)
    for index in 0..<batch {
      let isReal = !pads || index < valid
      let at = position &+ index
      let sample = !isReal ? nil : first &+ (order.shuffles ? permutation[at] : at)
      put(sample, index, buffers)
      try copyLabel(sample, index, buffers)
    }
    position &+= valid
    return valid
  }

  /// Whether the last batch is filled up, which no training does.
  private var pads: Bool { (isBuilt(.eval) || isBuilt(.predict)) && order.padsLastBatch }

  private func put(_ sample: Int?, _ index: Int, _ buffers: BatchBuffers) {
    guard let sample else { return buffers.clear(index) }
    let placement = Placement(
      order.augmentation, seed: order.seed, epoch: epoch, sample: sample, height: Int(buffers.array.rows),
      width: Int(buffers.array.columns))
    buffers.put(index, pack.form, pack.bytes, at: pack.start(sample), placement)
  }

  private func copyLabel(_ sample: Int?, _ index: Int, _ buffers: BatchBuffers) throws(DataError) {
    if let sample {
      try pack.form.checkNumbers(pack.bytes, at: pack.start(sample), pack.form.elements, of: zeroExtended(sample))
      return try pack.form.copyLabel(
        pack.bytes, at: pack.labelStart(sample), of: zeroExtended(sample), to: index, of: buffers, classes: classes)
    }
    buffers.classes?[index] = 0
    if isBuilt(.meanSquaredError), let targets = buffers.targets {
      let width = targets.count / batch
      for number in 0..<width { targets[index &* width &+ number] = 0 }
    }
  }
}
