import Driver
import Foundation
import IR
import Runtime

public typealias GradientFormats = Driver.GradientFormats

/// Cosine distance that 8 bits put between a layer's gradient and the exact one: d_c = 1 − cos(g, ĝ), the mean over
/// calibration batches.
public struct GradientDeviation: Codable, Hashable, Sendable {
  /// Weight of the layer.
  public let layer: String
  public let deviation: Double

  /// Deviations above this take 16 bits (Zhu et al., Towards Unified INT8 Training, 2020).
  public static let largest = 0.02
}

extension Model {
  /// Formats for `mode auto`: 16 bits where the cosine distance with 8 would be too large, 8 elsewhere.
  ///
  /// Runs the step with float gradients on the first batches of the samples, without any update.
  ///
  /// - Throws: as `compile`, and `EspalierError.data`.
  public func gradientFormats(
    on samples: Samples, _ options: CompileOptions, batches: Int = 8
  ) throws -> (formats: GradientFormats, deviations: [GradientDeviation]) {
    try gradientProbe(file, options).gradientFormats(on: samples, batches: batches)
  }
}

extension GradientProbe {
  /// Formats as the step tells them that runs with gradients in float.
  ///
  /// - Throws: `EspalierError.data`.
  public func gradientFormats(
    on samples: Samples, batches: Int = 8
  ) throws -> (formats: GradientFormats, deviations: [GradientDeviation]) {
    let trainer = try Trainer(Plan(bytes: image))
    var sums: [String: Double] = [:]
    let count = max(1, min(batches, samples.count / trainer.plan.batch))
    try trainer.walkBatches(samples, count) { row, gradient in
      guard let layer = layers[row] else { return }
      sums[layer, default: 0] += deviation(of: gradient)
    }
    let deviations = sums.sorted { $0.key < $1.key }.map {
      GradientDeviation(layer: $0.key, deviation: $0.value / Double(count))
    }
    let wide = deviations.filter { $0.deviation > GradientDeviation.largest }
    let entries = wide.map { GradientFormats.Entry(layer: $0.layer, gradients: .i16) }
    return (GradientFormats(layers: entries), deviations)
  }
}

extension Trainer {
  /// Runs steps without their updates, and shows the floats that each row has written.
  fileprivate func walkBatches(
    _ samples: Samples, _ count: Int, _ body: (Int, Elements<Float>) -> Void
  ) throws(EspalierError) {
    var cursor = try samples.cursor(.all, for: plan, DataOrder())
    for _ in 0..<count {
      try withState { state throws(EspalierError) in
        try state.fillBatch(&cursor, path: samples.path)
        var row = 0
        var calls: [(row: Int, call: Call)] = []
        state.session.walk { opcode, call in
          // A row has run when the next one is asked for.
          if let last = calls.popLast(), let written = last.call.floats(0) { body(last.row, written) }
          calls.append((row, call))
          row += 1
          return opcode.isUpdate ? .skip : .run
        }
      }
    }
  }
}

/// 1 − cos of a gradient and its 8-bit form under the power-of-two scale that the head-room of a running range gives.
private func deviation(of gradient: Elements<Float>) -> Double {
  var largest: Float = 0
  for i in 0..<gradient.count { largest = max(largest, abs(gradient[i])) }
  guard largest > 0, largest.isFinite else { return 0 }
  let scale = Float(sign: .plus, exponent: Int(log2(largest * 1.25 / 127).rounded(.up)), significand: 1)
  var (product, square, rounded) = (0.0, 0.0, 0.0)
  for i in 0..<gradient.count {
    let real = Double(gradient[i])
    let integer = Double(min(max((gradient[i] / scale).rounded(.toNearestOrEven), -127), 127) * scale)
    product += real * integer
    square += real * real
    rounded += integer * integer
  }
  return rounded > 0 ? 1 - product / (square * rounded).squareRoot() : 1
}
