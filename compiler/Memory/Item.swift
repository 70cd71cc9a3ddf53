/// A piece of memory to place: `bytes` bytes that are in use during the steps `first...last`, both included.
public struct Item: Hashable, Sendable {
  public var bytes: Int
  /// First step that uses it.
  public var first: Int
  /// Last step that uses it; at least `first`.
  public var last: Int
  /// Its offset is a multiple of this; a power of two.
  public var alignment: Int

  public init(bytes: Int, first: Int, last: Int, alignment: Int = 1) {
    self.bytes = bytes
    self.first = first
    self.last = last
    self.alignment = alignment
  }

  public func overlaps(_ other: Item) -> Bool { first <= other.last && other.first <= last }
}

/// Where each item lies, in bytes from the start, and how many bytes they take together.
public struct Placement: Hashable, Sendable {
  /// One offset per item, in the order of the items.
  public var offsets: [Int]
  /// End of the highest item, rounded up to the smallest alignment.
  public var bytes: Int

  public init(offsets: [Int], bytes: Int) {
    self.offsets = offsets
    self.bytes = bytes
  }
}

/// The smallest multiple of `alignment` that is at least `bytes`.
public func aligned(_ bytes: Int, to alignment: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

/// The smallest alignment among the items: every placement is made of blocks of this size.
func granule(_ items: [Item]) -> Int { items.lazy.map(\.alignment).min() ?? 1 }
