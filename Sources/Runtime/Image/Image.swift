/// A view over the bytes of a plan that has been validated once; whoever made it keeps the bytes alive.
@safe
public struct Image {
  public let bytes: Bytes

  /// Checks everything that running takes for granted.
  ///
  /// - Throws: `ImageError` with the first thing that is wrong.
  public init(_ bytes: Bytes) throws(ImageError) {
    try Image.checkFrame(bytes)
    let body = bytes.slice(0, bytes.count &- Digest.size)
    let digest = Digest(of: body)
    guard digest == bytes.load(body.count, as: Digest.self) else { throw .digest }
    if let known = onlyImage {
      guard digest == known else { throw .otherImage }
      self.init(known: bytes)
    } else {
      try self.init(contentsOf: bytes)
    }
  }

  /// Takes bytes that have been checked before.
  private init(known bytes: Bytes) {
    self.bytes = bytes
  }

  /// The first bytes as they stand in memory, which starts on a multiple of `ImageHeader.alignment`.
  public var header: ImageHeader { unsafe bytes.base.assumingMemoryBound(to: ImageHeader.self).pointee }
  /// The program of the first plan, whose tensors the variables are.
  public var train: Program { train(0) }
  public var predict: Program { Program(header.predict, in: bytes) }

  /// Checks what stands behind magic, version and length; the digest is not looked at.
  init(contentsOf bytes: Bytes) throws(ImageError) {
    let header: ImageHeader = bytes.load(0)
    try Image.checkTables(header, end: bytes.count &- Digest.size)
    self.init(known: bytes)
    try checkSizes()
    try checkPlans()
    try check(predict, .predict)
    try checkVariables()
    try checkLearningRates()
  }

  /// Digest of everything before it: names this plan.
  public var digest: Digest { bytes.load(bytes.count &- Digest.size) }

  public var arenaBytes: Int { Int(truncatingIfNeeded: header.arenaBytes) }
  public var persistentBytes: Int { Int(truncatingIfNeeded: header.persistentBytes) }
  public var batch: Int { Int(truncatingIfNeeded: header.batch) }
  public var classes: Int { Int(truncatingIfNeeded: header.classes) }
  /// Whether samples are read where they lie.
  public var readsInPlace: Bool { isBuilt(.sampleCrop) && header.readsInPlace == 1 }
  /// Bytes of the file that values are paged out to; 0 where there is none.
  public var pageBytes: Int { isBuilt(.pageOut) ? Int(truncatingIfNeeded: header.pageBytes) : 0 }
  /// Of these, the first ones, which hold state of optimizers.
  var statePageBytes: Int { isBuilt(.pageOut) ? Int(truncatingIfNeeded: header.statePageBytes) : 0 }
  /// Bytes at the end of the arena that no tensor reaches into.
  var controlBytes: Int { (readsInPlace ? SampleMemory.size : 0) &+ (pageBytes > 0 ? PageMemory.size : 0) }
  public var sampleElements: Int { header.input.elements }
  public var variableCount: Int { header.variables.entries }

  public func variable(_ index: Int) -> VariableRow {
    bytes.load(header.variables.start &+ index &* MemoryLayout<VariableRow>.stride)
  }

  /// UTF-8 of a variable's name.
  public func name(_ variable: VariableRow) -> Bytes {
    text(variable.nameOffset, variable.nameBytes)
  }

  /// Bytes of the names.
  func text(_ offset: UInt32, _ count: UInt32) -> Bytes {
    bytes.slice(header.names.start &+ Int(offset), Int(count))
  }

  /// UTF-8 of the name of an input or target.
  public func name(_ array: PlanArray) -> Bytes { text(array.nameOffset, array.nameBytes) }

  /// JSON about the plan, for the host.
  public var metadata: Bytes { bytes.slice(header.metadata.start, header.metadata.entries) }

  /// Learning rate of update `step`, counted from 0; the last entry repeats.
  public func learningRate(_ step: UInt32) -> Float {
    // Compared as UInt64: steps pass what `Int` can tell on a small machine.
    let index = min(zeroExtended(step), header.learningRates.count &- 1)
    return bytes.load(header.learningRates.start &+ 4 &* Int(truncatingIfNeeded: index))
  }

  /// What tensors of section `constants` count their offsets from.
  public var constants: Bytes { bytes.slice(header.constants.start, header.constants.entries) }
}
