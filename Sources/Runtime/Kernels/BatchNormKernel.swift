/// Kernels of batch normalization over pixels x channels.
public struct BatchNormParameters: KernelParameters {
  public var channels: ChannelParameters
  public var epsilon: Float

  public init(channels: ChannelParameters, epsilon: Float) {
    self.channels = channels
    self.epsilon = epsilon
  }

  public var operandCount: Int { channels.operandCount }

  public func extent(of index: Int) -> Int? { channels.extent(of: index) }
  public func isValid(for opcode: OpCode) -> Bool { channels.isValid(for: opcode) }
}

/// Mean and biased variance of each channel of a batch, in two passes.
private struct Statistics<V: SIMD> where V.Scalar: KernelScalar {
  let mean: V
  let variance: V

  @inline(__always)
  init(_ x: Elements<V.Scalar>, pixels: Int, channels: Int, _ channel: Int, _ lanes: Int) {
    let factor = 1 / V.Scalar(pixels)
    let mean = pixelSum(pixels) { x.vector($0 &* channels &+ channel, lanes, V.self) } * factor
    self.mean = mean
    variance =
      pixelSum(pixels) { pixel in
        let distance = x.vector(pixel &* channels &+ channel, lanes, V.self) - mean
        return distance * distance
      } * factor
  }

  @inline(__always)
  func inverseDeviation(_ epsilon: Float) -> V { 1 / (variance + V.Scalar(epsilon)).squareRoot() }
}

/// What a kernel does with the statistics of its batch.
private enum BatchNormTask { case normalize, gradient, gradientOfScale, runningMean, runningVariance, inference }

private struct BatchNormBlock<Scalar: KernelScalar>: ChannelBlock {
  let task: BatchNormTask
  let call: Call
  let pixels: Int
  let channels: Int
  let epsilon: Float

  @inline(__always)
  init(_ task: BatchNormTask, _ call: Call) {
    let p = call.parameters(BatchNormParameters.self)
    self.task = task
    self.call = call
    pixels = Int(p.channels.pixels)
    channels = Int(p.channels.channels)
    epsilon = p.epsilon
  }

  @inline(__always)
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar {
    let out = call.elements(0, Scalar.self)
    func operand(_ index: Int) -> V { call.elements(index, Scalar.self).vector(channel, lanes) }
    func statistics(_ index: Int) -> Statistics<V> {
      Statistics(call.elements(index), pixels: pixels, channels: channels, channel, lanes)
    }
    switch task {
    case .normalize:
      let batch = statistics(1)
      affine(out, batch.mean, batch.inverseDeviation(epsilon) * operand(2), operand(3), channel, lanes)
    case .inference:
      let factor = operand(2) / (operand(5) + Scalar(epsilon)).squareRoot()
      affine(out, operand(4), factor, operand(3), channel, lanes)
    case .gradient:
      gradient(out, statistics(2), gamma: operand(3), channel, lanes)
    case .gradientOfScale:
      let batch = statistics(2)
      out.store(products(batch, channel, lanes) * batch.inverseDeviation(epsilon), channel, lanes)
    case .runningMean:
      out.store(blend(operand(1), statistics(2).mean), channel, lanes)
    case .runningVariance:
      let unbiased = Scalar(pixels) / Scalar(max(1, pixels &- 1))
      out.store(blend(operand(1), statistics(2).variance * unbiased), channel, lanes)
    }
  }

  /// The momentum travels where the other kernels have their epsilon.
  @inline(__always)
  private func blend<V: SIMD>(_ old: V, _ new: V) -> V where V.Scalar == Scalar {
    old * (1 - Scalar(epsilon)) + new * Scalar(epsilon)
  }

  @inline(__always)
  private func affine<V: SIMD>(_ y: Elements<Scalar>, _ mean: V, _ factor: V, _ shift: V, _ channel: Int, _ lanes: Int)
  where V.Scalar == Scalar {
    let x = call.elements(1, Scalar.self)
    for pixel in 0..<pixels {
      let index = pixel &* channels &+ channel
      y.store((x.vector(index, lanes, V.self) - mean) * factor + shift, index, lanes)
    }
  }

  /// Σ dy·(x - mean).
  @inline(__always)
  private func products<V: SIMD>(_ batch: Statistics<V>, _ channel: Int, _ lanes: Int) -> V where V.Scalar == Scalar {
    let dy = call.elements(1, Scalar.self)
    let x = call.elements(2, Scalar.self)
    return pixelSum(pixels) { pixel in
      let index = pixel &* channels &+ channel
      return dy.vector(index, lanes, V.self) * (x.vector(index, lanes, V.self) - batch.mean)
    }
  }

  /// dx = γ/σ · (dy - mean(dy) - x̂·mean(dy·x̂)).
  @inline(__always)
  private func gradient<V: SIMD>(
    _ dx: Elements<Scalar>, _ batch: Statistics<V>, gamma: V, _ channel: Int, _ lanes: Int
  ) where V.Scalar == Scalar {
    let dy = call.elements(1, Scalar.self)
    let x = call.elements(2, Scalar.self)
    let inverse = batch.inverseDeviation(epsilon)
    let part = 1 / Scalar(pixels)
    let meanOfSeed = pixelSum(pixels) { dy.vector($0 &* channels &+ channel, lanes, V.self) } * part
    let slope = products(batch, channel, lanes) * part * inverse * inverse
    for pixel in 0..<pixels {
      let index = pixel &* channels &+ channel
      let distance = x.vector(index, lanes, V.self) - batch.mean
      dx.store((dy.vector(index, lanes, V.self) - meanOfSeed - distance * slope) * inverse * gamma, index, lanes)
    }
  }

  @inline(__always)
  func run() { run(from: 0, to: channels) }
}

/// y = (x - mean)/√(variance + ε)·γ + β with the statistics of the batch. Operands: y, x, γ, β.
func batchNorm<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.normalize, call).run() }

/// Operands: y, x, γ, β, mean, variance.
func batchNormInference<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.inference, call).run() }

/// Operands: dx, dy, x, γ.
func batchNormGrad<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.gradient, call).run() }

/// Operands: dγ, dy, x.
func batchNormGradScale<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.gradientOfScale, call).run() }

/// Operands: new mean, old mean, x.
func runningMean<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.runningMean, call).run() }

/// Operands: new variance, old variance, x.
func runningVariance<S: KernelScalar>(_ call: Call, _: S.Type) { BatchNormBlock<S>(.runningVariance, call).run() }
