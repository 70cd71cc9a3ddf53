/// A ring buffer in front of an in-place output: each element is written a fixed number of elements after it was
/// computed.
///
/// So a window may overwrite the picture that it slides over, once the last window that reads a pixel is done.
struct DelayedWriter<Element: BitwiseCopyable> {
  private let target: Elements<Element>
  /// The ring buffer: element i at i modulo its count.
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

  /// Drains the ring buffer.
  func finish() {
    var index = max(next, 0)
    while index < next &+ line.count {
      target[index] = line[index % line.count]
      index &+= 1
    }
  }
}
