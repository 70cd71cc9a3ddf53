/// The rows of one program of a validated image.
@safe
public struct Program {
  let tensors: UnsafePointer<TensorRow>
  public let tensorCount: Int
  let words: UnsafePointer<UInt32>
  public let wordCount: Int
  public let rows: Int
  public let header: ProgramHeader

  /// The tables of a program; nothing is checked here.
  init(_ header: ProgramHeader, in bytes: Bytes) {
    self.header = header
    unsafe tensors = (bytes.base + header.tensors.start).assumingMemoryBound(to: TensorRow.self)
    tensorCount = header.tensors.entries
    unsafe words = (bytes.base + header.words.start).assumingMemoryBound(to: UInt32.self)
    wordCount = header.words.entries
    rows = Int(truncatingIfNeeded: header.rows)
  }

  /// Entry `index` of the tensor table.
  public func tensor(_ index: Int) -> TensorRow {
    assert(index >= 0 && index < tensorCount)
    return unsafe tensors[index]
  }

  func word(_ index: Int) -> UInt32 {
    assert(index >= 0 && index < wordCount)
    return unsafe words[index]
  }

  /// The row that starts at word `index`, over the given memory.
  @inline(__always)
  func call(at index: Int, constants: UnsafeRawPointer, arena: UnsafeMutableRawPointer) -> Call {
    unsafe Call(words: words + index, memory: ProgramMemory(tensors: tensors, constants: constants, arena: arena))
  }
}
