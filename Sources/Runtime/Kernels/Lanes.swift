/// Element by element, sixteen at a time: y may be x, and the compiler vectorizes all the same.
///
/// In a plain loop it would have to know that y and x do not overlap; here every block is read before it is written.
@inline(__always)
func forBlocks(_ count: Int, _ block: (_ start: Int) -> Void, rest: (_ index: Int) -> Void) {
  var index = 0
  while index &+ 16 <= count {
    block(index)
    index &+= 16
  }
  while index < count {
    rest(index)
    index &+= 1
  }
}

extension Elements {
  typealias Block = InlineArray<16, Element>

  @inline(__always)
  func block(_ start: Int) -> Block {
    assert(start >= 0 && start &+ 16 <= count)
    return unsafe UnsafeRawPointer(base + start).loadUnaligned(as: Block.self)
  }

  @inline(__always)
  func store(_ block: Block, _ start: Int) {
    assert(start >= 0 && start &+ 16 <= count)
    unsafe UnsafeMutableRawPointer(base + start).storeBytes(of: block, as: Block.self)
  }

  /// self[i] = f(x[i]).
  @inline(__always)
  func map(_ count: Int, _ x: Elements, _ f: (Element) -> Element) {
    forBlocks(count) { start in
      var block = x.block(start)
      for lane in 0..<16 { block[lane] = f(block[lane]) }
      store(block, start)
    } rest: {
      self[$0] = f(x[$0])
    }
  }

  /// self[i] = f(x[i], y[i]).
  @inline(__always)
  func map(_ count: Int, _ x: Elements, _ y: Elements, _ f: (Element, Element) -> Element) {
    forBlocks(count) { start in
      var block = x.block(start)
      let other = y.block(start)
      for lane in 0..<16 { block[lane] = f(block[lane], other[lane]) }
      store(block, start)
    } rest: {
      self[$0] = f(x[$0], y[$0])
    }
  }
}
