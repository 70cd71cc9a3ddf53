import IR
import Memory
import Runtime

/// The constants of an image: each name once, one behind the other, every one aligned.
public struct ConstantPool {
  /// Constants with their first bytes, in the order they were added.
  public private(set) var entries: [(offset: Int, constant: Constant)] = []
  /// Bytes of all of them.
  public private(set) var bytes = 0
  private var offsets: [String: (offset: Int, type: TensorType)] = [:]

  public init() {}

  /// First byte of the constant called `name`, which is added if it is new.
  ///
  /// - Throws: `EmitError.constantsDiffer` when the name already stands for a tensor of another type.
  public mutating func add(_ name: String, _ constant: Constant) throws(EmitError) -> Int {
    if let known = offsets[name] {
      guard known.type == constant.type else { throw .constantsDiffer(name) }
      return known.offset
    }
    let offset = aligned(bytes, to: ImageHeader.alignment)
    entries.append((offset, constant))
    offsets[name] = (offset, constant.type)
    bytes = offset + constant.type.bytes
    return offset
  }
}
