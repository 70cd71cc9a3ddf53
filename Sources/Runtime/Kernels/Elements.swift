/// A borrowed run of elements inside the arena or the mapped image.
///
/// Bounds are checked in debug builds only: a program is validated once when it is loaded, then runs blind.
@safe
public struct Elements<Element: BitwiseCopyable> {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  public let count: Int

  @inlinable
  public init(base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  /// The elements from `start` on.
  @inlinable
  public func from(_ start: Int) -> Elements {
    assert(start >= 0 && start <= count)
    return unsafe Elements(base: base + start, count: count &- start)
  }

  /// The first `length` elements.
  @inlinable
  public func first(_ length: Int) -> Elements {
    assert(length >= 0 && length <= count)
    return unsafe Elements(base: base, count: length)
  }

  @inlinable
  public func fill(_ value: Element) {
    unsafe base.update(repeating: value, count: count)
  }

  /// Copies `other`, which may be these very elements.
  @inlinable
  public func copy(_ other: Elements) {
    assert(other.count >= count)
    if unsafe base != other.base { unsafe base.update(from: other.base, count: count) }
  }

  /// As many elements of another type from the same place on, where the type is known only when the kernel runs.
  @inline(__always)
  func rebound<Other: BitwiseCopyable>(_: Other.Type = Other.self) -> Elements<Other> {
    unsafe Elements<Other>(base: UnsafeMutableRawPointer(base).assumingMemoryBound(to: Other.self), count: count)
  }

  /// First element; for C kernels.
  @inlinable public var pointer: UnsafeMutablePointer<Element> { unsafe base }
}

extension Elements<UInt8> {
  /// The bytes as the elements of another type that fit.
  func holding<Other: BitwiseCopyable>(_: Other.Type = Other.self) -> Elements<Other> {
    let other = unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: Other.self)
    return unsafe Elements<Other>(base: other, count: count / MemoryLayout<Other>.stride)
  }
}
