import Runtime
import Samples

/// Why samples cannot be appended to a ring; `path` is that of the samples.
public enum RingDifference: Hashable, Sendable {
  case inUse
  /// One that has no numbers left for further samples.
  case full
  /// Another file.
  case noRing
  case shape(path: String, found: [Int], expected: [Int])
  case type(path: String)
  case normalization(path: String)
  case labels(path: String)
  case classes(path: String, found: Int, expected: Int)

  /// Nil for samples that go into the ring. Classes that do not come again are no reason.
  init?(between ring: PackHeader, and samples: PackHeader, _ path: String) {
    var (held, given) = (ring.input, samples.input)
    (held.bytes, given.bytes) = (TableSpan(), TableSpan())
    let isEqual = withUnsafeBytes(of: held) { a in withUnsafeBytes(of: given) { a.elementsEqual($0) } }
    if held.shape != given.shape || held.layout != given.layout {
      self = .shape(path: path, found: given.shape.sizes, expected: held.shape.sizes)
    } else if held.type != given.type {
      self = .type(path: path)
    } else if !isEqual {
      self = .normalization(path: path)
    } else if ring.target.type != samples.target.type || ring.target.shape != samples.target.shape {
      self = .labels(path: path)
    } else if samples.classes > ring.classes {
      self = .classes(path: path, found: Int(samples.classes), expected: Int(ring.classes))
    } else {
      return nil
    }
  }
}
