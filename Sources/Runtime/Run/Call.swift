/// The memory that the rows of a program refer to.
@safe
public struct ProgramMemory {
  let tensors: UnsafePointer<TensorRow>
  let constants: UnsafeRawPointer
  let arena: UnsafeMutableRawPointer

  public init(tensors: UnsafePointer<TensorRow>, constants: UnsafeRawPointer, arena: UnsafeMutableRawPointer) {
    unsafe self.tensors = tensors
    unsafe self.constants = constants
    unsafe self.arena = arena
  }
}

/// One row about to run: operand 0 is the output, the operands in order follow, scratch comes last where there is any.
@safe
public struct Call {
  let words: UnsafePointer<UInt32>
  let memory: ProgramMemory
  public let head: RowHead

  public init(words: UnsafePointer<UInt32>, memory: ProgramMemory) {
    unsafe self.words = words
    self.memory = memory
    unsafe head = RowHead(words[0], words[1])
  }

  /// Row of the tensor table that operand `index` refers to.
  public func tensorIndex(_ index: Int) -> Int { Int(unsafe words[2 &+ index]) }

  func tensor(_ index: Int) -> TensorRow { unsafe memory.tensors[tensorIndex(index)] }

  /// Operand `index` as elements of type `T`.
  @inline(__always)
  func elements<T: BitwiseCopyable>(_ index: Int, _: T.Type = T.self) -> Elements<T> {
    let (base, count) = unsafe memory(of: index)
    return unsafe Elements(base: base.assumingMemoryBound(to: T.self), count: count)
  }

  /// First byte and elements of operand `index`: code that every kernel needs for every operand.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private func memory(of index: Int) -> (first: UnsafeMutableRawPointer, count: Int) {
    let row = tensor(index)
    let start = Int(truncatingIfNeeded: row.offset)
    let isConstant = row.kind & 0xff == UInt32(Section.constants.rawValue)
    let base = unsafe isConstant ? UnsafeMutableRawPointer(mutating: memory.constants + start) : memory.arena + start
    return unsafe (base, Int(row.count))
  }

  /// Operand `index`, given in bytes, as the elements of type `T` that fit.
  func scratch<T: BitwiseCopyable>(_ index: Int, _: T.Type) -> Elements<T> {
    elements(index, UInt8.self).holding()
  }

  /// Operand `index` as bits.
  func bits(_ index: Int) -> Bits { Bits(elements(index, UInt8.self)) }

  /// The parameters of the kernel; all their fields are 32-bit words.
  @inline(__always)
  func parameters<P: BitwiseCopyable>(_: P.Type = P.self) -> P {
    unsafe UnsafeRawPointer(words + 2 + head.operands).loadUnaligned(as: P.self)
  }
}
