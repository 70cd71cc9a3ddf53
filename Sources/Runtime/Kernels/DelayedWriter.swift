/// Writes elements in order, each a number of elements later than it is put, so that the target may lie over what is still
/// read.
struct DelayedWriter<Element: BitwiseCopyable> {
  private let target: Elements<Element>
  /// The elements on their way: number i at i modulo their count.
  private let line: Elements<Element>
  private var slot = 0
  private var next: Int

  init(_ target: Elements<Element>, line: Elements<Element>) {
    self.target = target
    self.line = line
    next = 0 &- line.count
  }

  @inline(__always)
  mutating func put(_ element: Element) {
    if line.count == 0 {
      target[next] = element
    } else {
      if next >= 0 { target[next] = line[slot] }
      line[slot] = element
      slot = slot &+ 1 == line.count ? 0 : slot &+ 1
    }
    next &+= 1
  }

  /// Writes what is still on its way.
  func finish() {
    var index = max(next, 0)
    while index < next &+ line.count {
      target[index] = line[index % line.count]
      index &+= 1
    }
  }
}
