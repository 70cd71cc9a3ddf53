import IR
import Memory
import Runtime

/// The constants of an image: each name once, one behind the other, every one aligned.
public struct ConstantPool {
  /// Constants with their first bytes, in the order they were added.
  public private(set) var entries: [(offset: Int, constant: Constant)] = []
  /// Bytes of all of them.
  public private(set) var bytes = 0
  /// Name → index among the entries.
  private var indexes: [String: Int] = [:]

  public init() {}

  /// First byte of the constant called `name`, which is added if it is new.
  ///
  /// - Throws: `EmitError.constantsDiffer` when the name already stands for a tensor of another type or other values.
  public mutating func add(_ name: String, _ constant: Constant) throws(EmitError) -> Int {
    if let index = indexes[name] {
      guard isSame(entries[index].constant, constant) else { throw .constantsDiffer(name) }
      return entries[index].offset
    }
    let offset = aligned(bytes, to: ImageHeader.alignment)
    indexes[name] = entries.count
    entries.append((offset, constant))
    bytes = offset + constant.type.bytes
    return offset
  }
}

/// Values are compared only where two constants do not stand at the same place of the same file.
private func isSame(_ a: Constant, _ b: Constant) -> Bool {
  guard a.type == b.type else { return false }
  if a.storage === b.storage && a.offset == b.offset && a.layout == b.layout { return true }
  return a.bytes() == b.bytes()
}
