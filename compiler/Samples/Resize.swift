/// Brings pictures of one size to another: bilinear, and averaging over the area of a pixel where it shrinks.
///
/// Along each axis, a pixel of the result is a sum of neighbours weighted by a triangle two result pixels wide, or two
/// source pixels where it enlarges.
public struct Resize: Sendable {
  private let rows: Filter
  private let columns: Filter

  public init(fromWidth: Int, fromHeight: Int, width: Int, height: Int) {
    rows = Filter(from: fromHeight, to: height)
    columns = Filter(from: fromWidth, to: width)
  }

  public func callAsFunction(_ picture: Picture) -> Picture {
    precondition(picture.width == columns.from && picture.height == rows.from)
    let channels = picture.channels
    let width = columns.to
    var wide = [Float](repeating: 0, count: rows.from * width * channels)
    var result = [UInt8](repeating: 0, count: rows.to * width * channels)
    wide.withUnsafeMutableBufferPointer { wide in
      picture.pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<rows.from {
          for x in 0..<width {
            let tap = columns.taps[x]
            for channel in 0..<channels {
              var sum: Float = 0
              for index in 0..<tap.count {
                let source = (y * columns.from + tap.first + index) * channels + channel
                sum += columns.weights[tap.start + index] * Float(pixels[source])
              }
              wide[(y * width + x) * channels + channel] = sum
            }
          }
        }
      }
      let stride = width * channels
      var line = [Float](repeating: 0, count: stride)
      for y in 0..<rows.to {
        let tap = rows.taps[y]
        for index in 0..<stride { line[index] = 0 }
        for source in 0..<tap.count {
          let weight = rows.weights[tap.start + source]
          let first = (tap.first + source) * stride
          for index in 0..<stride { line[index] += weight * wide[first + index] }
        }
        for index in 0..<stride { result[y * stride + index] = UInt8(max(0, min(255, (line[index] + 0.5)))) }
      }
    }
    return Picture(width: width, height: rows.to, channels: channels, pixels: result)
  }
}

/// Weights of one axis.
private struct Filter: Sendable {
  struct Taps {
    let first: Int
    let count: Int
    let start: Int
  }

  let from: Int
  let to: Int
  private(set) var taps: [Taps] = []
  private(set) var weights: [Float] = []

  init(from: Int, to: Int) {
    self.from = from
    self.to = to
    let scale = Double(from) / Double(to)
    let support = max(scale, 1)
    for index in 0..<to {
      let center = (Double(index) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = max(first + 1, min(from, Int(center + support + 0.5)))
      let raw = (first..<end).map { max(0, 1 - abs(Double($0) + 0.5 - center) / support) }
      let sum = raw.reduce(0, +)
      taps.append(Taps(first: first, count: raw.count, start: weights.count))
      weights += raw.map { Float($0 / sum) }
    }
  }
}
