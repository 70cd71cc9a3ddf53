/// Where the tensors of a training step lie, and when: one rectangle a tensor.
public struct ArenaMap: Hashable, Sendable {
  /// What a rectangle is there for; the order is that of the legend.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case variable, saved, activation, gradient, scratch, io
  }

  /// A tensor in the arena: bytes `offset` to `offset + bytes - 1` during the steps `first...last`.
  public struct Rectangle: Hashable, Sendable {
    public var name: String
    public var kind: Kind
    public var offset: Int
    public var bytes: Int
    public var first: Int
    public var last: Int

    public init(name: String, kind: Kind, offset: Int, bytes: Int, first: Int, last: Int) {
      self.name = name
      self.kind = kind
      self.offset = offset
      self.bytes = bytes
      self.first = first
      self.last = last
    }
  }

  /// In the order in which they appear.
  public var rectangles: [Rectangle]

  public init(rectangles: [Rectangle]) { self.rectangles = rectangles }
}
