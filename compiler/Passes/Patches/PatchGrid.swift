import IR
import Operators

/// Patch-based execution of a network's leading blocks: sample by sample or not, in rows x columns of patches.
public struct PatchGrid: Hashable, Sendable {
  public var rows: Int
  public var columns: Int
  /// One sample after the other.
  public var splitsBatch: Bool

  public init(rows: Int, columns: Int, splitsBatch: Bool = true) {
    self.rows = rows
    self.columns = columns
    self.splitsBatch = splitsBatch
  }

  /// Patches of a batch of pictures, of nearly equal size; nil where a side has fewer pixels than patches.
  func boxes(of shape: [Int]) -> [PatchBox]? {
    guard shape[1] >= rows, shape[2] >= columns else { return nil }
    let samples = splitsBatch ? (0..<shape[0]).map { $0..<$0 + 1 } : [0..<shape[0]]
    return samples.flatMap { sample in
      parts(shape[1], rows).flatMap { row in
        parts(shape[2], columns).map { PatchBox(samples: sample, rows: row, columns: $0) }
      }
    }
  }

  private func parts(_ size: Int, _ count: Int) -> [Range<Int>] {
    (0..<count).map { size * $0 / count..<size * ($0 + 1) / count }
  }
}

extension Range<Int> {
  /// Patch and halo along one axis: the coordinates that a window reads for these outputs, and the padding around them.
  func read(kernel: Int, stride: Int, pad: Int, dilation: Int, size: Int) -> (
    range: Range<Int>, before: Int, after: Int
  )? {
    let start = lowerBound * stride - pad
    let end = (upperBound - 1) * stride - pad + (kernel - 1) * dilation + 1
    guard start < size, end > 0, start < end else { return nil }
    let (first, last) = (Swift.max(start, 0), Swift.min(end, size))
    return (first..<last, first - start, end - last)
  }

  func joined(_ other: Range<Int>) -> Range<Int> {
    Swift.min(lowerBound, other.lowerBound)..<Swift.max(upperBound, other.upperBound)
  }
}
