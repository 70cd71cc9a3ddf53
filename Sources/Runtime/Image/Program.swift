/// The rows of one program of a validated image.
@safe
public struct Program {
  private let image: UnsafeRawPointer
  public let header: ProgramHeader

  /// The tables of a program; nothing is checked here.
  init(_ header: ProgramHeader, in bytes: Bytes) {
    unsafe image = bytes.base
    self.header = header
  }

  private var tensors: UnsafePointer<TensorRow> {
    unsafe (image + header.tensors.start).assumingMemoryBound(to: TensorRow.self)
  }
  private var words: UnsafePointer<UInt32> {
    unsafe (image + header.words.start).assumingMemoryBound(to: UInt32.self)
  }
  public var tensorCount: Int { header.tensors.entries }
  public var wordCount: Int { header.words.entries }
  public var rows: Int { Int(truncatingIfNeeded: header.rows) }

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
