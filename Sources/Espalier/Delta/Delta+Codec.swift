import Foundation

extension Delta {
  /// Differences that share a scale.
  static let blockSize = 256
}

extension Delta.Codec {
  /// Bytes of some differences.
  func bytes(_ type: Delta.ValueType, _ count: Int) -> Int {
    let scales = 4 * ((count + Delta.blockSize - 1) / Delta.blockSize)
    return switch self {
    case .raw: count * (type == .i8 ? 2 : 8)
    case .int8: scales + count
    case .ternary: scales + (count + 3) / 4
    case .sign: scales + (count + 7) / 8
    }
  }

  /// What is left of differences once they were stored.
  func kept(_ differences: [Double], _ type: Delta.ValueType) -> [Double] {
    if self == .raw {
      let rounded = type == .f32 ? differences : differences.map { $0.rounded() }
      return rounded.map { max(-type.largest, min(type.largest, $0)) }
    }
    let (scales, levels) = quantized(differences)
    return levels.enumerated().map { Double(scales[$0 / Delta.blockSize]) * Double($1) }
  }

  /// A scale for each block, and an integer for each difference.
  func quantized(_ differences: [Double]) -> (scales: [Float], levels: [Int8]) {
    var scales: [Float] = []
    var levels: [Int8] = []
    levels.reserveCapacity(differences.count)
    for start in stride(from: 0, to: differences.count, by: Delta.blockSize) {
      let block = differences[start..<min(start + Delta.blockSize, differences.count)]
      let scale = self.scale(of: block)
      scales.append(scale)
      levels += block.map { level($0, scale, threshold(of: block)) }
    }
    return (scales, levels)
  }

  private func scale(of block: ArraySlice<Double>) -> Float {
    Float(min(exactScale(of: block), Double(Float.greatestFiniteMagnitude)))
  }

  private func exactScale(of block: ArraySlice<Double>) -> Double {
    let sizes = block.map { abs($0) }
    switch self {
    case .raw: return 1
    case .int8: return (sizes.max() ?? 0) / 127
    case .sign: return sizes.reduce(0, +) / Double(sizes.count)
    case .ternary:
      let limit = threshold(of: block)
      let large = sizes.filter { $0 > limit }
      return large.isEmpty ? 0 : large.reduce(0, +) / Double(large.count)
    }
  }

  /// Ternary differences below it are 0: 0.7 of the mean size (Ternary Weight Networks, arXiv 1605.04711).
  private func threshold(of block: ArraySlice<Double>) -> Double {
    self == .ternary ? 0.7 * block.reduce(0) { $0 + abs($1) } / Double(block.count) : 0
  }

  private func level(_ difference: Double, _ scale: Float, _ threshold: Double) -> Int8 {
    switch self {
    case .raw: 0
    case .int8: scale > 0 ? Int8(max(-127, min(127, (difference / Double(scale)).rounded()))) : 0
    case .ternary: abs(difference) > threshold ? (difference > 0 ? 1 : -1) : 0
    case .sign: difference < 0 ? -1 : 1
    }
  }
}
