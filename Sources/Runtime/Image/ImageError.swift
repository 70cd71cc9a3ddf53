/// Why bytes are no image that may run.
public enum ImageError: Error, Equatable, Sendable {
  case notAnImage
  /// A format version that this reader does not know.
  case version(found: UInt32, supported: UInt32)
  /// Cut short, or with something behind it.
  case length(stated: UInt64, actual: UInt64)
  /// The memory that holds the image does not start on a multiple of `ImageHeader.alignment`.
  case misaligned
  /// The bytes are not those that were written.
  case digest
  /// Another plan than the only one that this runner takes.
  case otherImage
  /// A table that is empty, misaligned or not inside the file.
  case table(ImageTable)
  /// Batch, window, sides of a sample or arena sizes that contradict each other.
  case sizes
  /// A tensor outside its section or not aligned to its elements.
  case tensor(ProgramKind, index: Int)
  case row(ProgramKind, index: Int, RowFault)
  /// An input or output of a program that is no tensor of the right section, type and size.
  case binding(ProgramKind, Binding)
  case variable(index: Int)
  /// A learning rate that is no finite number.
  case learningRate(index: Int)
}

public enum ImageTable: Sendable {
  case plans, rotation, tensors, words, learningRates, variables, names, metadata, constants
}

public enum ProgramKind: Sendable { case train, predict }

public enum Binding: Sendable { case input, labels, loss, correct, logits }

/// What is wrong with a row.
public enum RowFault: Sendable {
  case outsideTable
  case unknownOpcode
  /// An opcode, or a format of a gradient, whose kernel is not in this runner: it was built for another plan.
  case notBuilt
  case unknownFlags
  /// An operand index past the tensor table.
  case operand
  /// Operands that the kernel refuses: count, types, sizes, or a constant it would write to.
  case refused
  /// More or fewer rows than the header says.
  case count
}
