/// The first bytes of an image; the byte table is in FORMAT.md.
public struct ImageHeader: BitwiseCopyable, Sendable {
  /// "ESPPLAN\0".
  public static var magic: UInt64 { 0x004e_414c_5050_5345 }
  public static var version: UInt32 { 8 }
  public static var size: Int { MemoryLayout<ImageHeader>.size }
  /// Alignment of an image in memory, and of every constant in it.
  public static var alignment: Int { 64 }

  public var magic = ImageHeader.magic
  public var version = ImageHeader.version
  public var headerBytes = UInt32(ImageHeader.size)
  /// Bytes of the whole file, the digest included.
  public var length: UInt64 = 0
  public var arenaBytes: UInt64 = 0
  /// Bytes of the arena's first section: everything that outlives a step.
  public var persistentBytes: UInt64 = 0
  /// Entries of `PlanRow`: the ways to train, one at least.
  public var plans = TableSpan()
  /// Entries of `UInt32`: the plan of each update, over and over; none where the first plan takes them all.
  public var rotation = TableSpan()
  public var predict = ProgramHeader()
  /// One `Float` an update; the last one repeats.
  public var learningRates = TableSpan()
  /// Entries of `VariableRow`.
  public var variables = TableSpan()
  /// UTF-8 of all names.
  public var names = TableSpan()
  /// JSON that only the host reads.
  public var metadata = TableSpan()
  /// Bytes that tensors of section `constants` count their offsets from.
  public var constants = TableSpan()
  /// Samples of one run of a program.
  public var batch: UInt32 = 1
  /// Micro-steps of one update.
  public var window: UInt32 = 1
  /// Classes to choose from, or 0 where targets are numbers.
  public var classes: UInt32 = 0
  /// Updates the learning-rate schedule was made for.
  public var plannedUpdates: UInt32 = 0
  /// Arrays that the header ends with: so many inputs, then so many targets.
  public var inputs: UInt32 = 1
  public var targets: UInt32 = 1
  public var reserved: UInt32 = 0
  /// 1 where samples are read where they lie, and the arena has references to them.
  public var readsInPlace: UInt32 = 0
  /// Bytes of the file that values are paged out to.
  public var pageBytes: UInt64 = 0
  /// Of these, the first ones, which outlive a step: optimizer state. Checkpoints hold them.
  public var statePageBytes: UInt64 = 0
  public var input = PlanArray()
  /// Classes (`i32`) or numbers (`f32`).
  public var target = PlanArray()

  public init() {}
}

/// Tables of one program, and which of its tensors the outside fills and reads.
public struct ProgramHeader: BitwiseCopyable, Sendable {
  /// Stands for a tensor that the program has not got.
  public static var none: UInt32 { .max }

  /// Entries of `TensorRow`.
  public var tensors = TableSpan()
  /// Words of all rows.
  public var words = TableSpan()
  public var rows: UInt32 = 0
  public var input = ProgramHeader.none
  /// Classes (`i32`) or targets (`f32`).
  public var labels = ProgramHeader.none
  public var loss = ProgramHeader.none
  public var correct = ProgramHeader.none
  public var logits = ProgramHeader.none

  public init() {}
}

/// One way to train: what it is called, and its program.
public struct PlanRow: BitwiseCopyable, Sendable {
  public var nameOffset: UInt32
  public var nameBytes: UInt32
  public var program: ProgramHeader

  public init(nameOffset: Int, nameBytes: Int, program: ProgramHeader) {
    self.nameOffset = UInt32(nameOffset)
    self.nameBytes = UInt32(nameBytes)
    self.program = program
  }
}

/// A tensor that outlives the step, and what it starts from.
public struct VariableRow: BitwiseCopyable, Sendable {
  /// Stands for a variable that starts as zeros.
  public static var zeros: UInt64 { .max }

  public var nameOffset: UInt32
  public var nameBytes: UInt32
  /// Index in the tensor table of the first plan.
  public var tensor: UInt32
  public var reserved: UInt32 = 0
  /// First byte of the initial value among the constants.
  public var initial: UInt64

  public init(nameOffset: Int, nameBytes: Int, tensor: Int, initial: Int?) {
    self.nameOffset = UInt32(nameOffset)
    self.nameBytes = UInt32(nameBytes)
    self.tensor = UInt32(tensor)
    self.initial = initial.map { zeroExtended($0) } ?? VariableRow.zeros
  }
}
