/// dw[tap,c·m+j] = Σ over output pixels of dy[·,c·m+j]·x[·,c].
func depthwiseGradWeight<S: KernelScalar>(_ call: Call, _: S.Type) {
  let shape = call.parameters(DepthwiseGradWeightParameters.self).shape
  let dw = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let dy = call.elements(2, S.self)
  let kernelWidth = Int(shape.window.kernelWidth)
  for tap in 0..<shape.window.taps {
    let block = TapGradient(
      shape: shape, tapRow: tap / kernelWidth, tapColumn: tap % kernelWidth, x: x, dy: dy,
      dw: dw.from(tap &* shape.outputs))
    if shape.multiplier == 1 { block.run(from: 0, to: shape.outputs) } else { block.runScalar() }
  }
}

/// One tap's gradient for a run of channels.
private struct TapGradient<Scalar: KernelScalar>: ChannelBlock {
  let shape: DepthwiseShape
  let tapRow: Int
  let tapColumn: Int
  let x: Elements<Scalar>
  let dy: Elements<Scalar>
  let dw: Elements<Scalar>

  /// Output rows whose tap lies in the picture: `body(output pixel, input pixel, pixels)` for each.
  @inline(__always)
  private func forRows(_ body: (Int, Int, Int) -> Void) {
    let window = shape.window
    let columns = outputs(
      tapColumn &* Int(window.dilationWidth) &- Int(window.padLeft), Int(window.strideWidth), Int(window.inputWidth),
      Int(window.outputWidth))
    let shift = tapRow &* Int(window.dilationHeight) &- Int(window.padTop)
    let rows = outputs(shift, Int(window.strideHeight), Int(window.inputHeight), Int(window.outputHeight))
    let left = columns.start &* Int(window.strideWidth) &+ tapColumn &* Int(window.dilationWidth) &- Int(window.padLeft)
    for picture in 0..<Int(window.batch) {
      for row in rows.start..<rows.end {
        let line = picture &* Int(window.inputHeight) &+ row &* Int(window.strideHeight) &+ shift
        body(
          (picture &* Int(window.outputHeight) &+ row) &* Int(window.outputWidth) &+ columns.start,
          line &* Int(window.inputWidth) &+ left, columns.end &- columns.start)
      }
    }
  }

  /// Output coordinates o with 0 ≤ o·stride + shift < size.
  @inline(__always)
  private func outputs(_ shift: Int, _ stride: Int, _ size: Int, _ count: Int) -> (start: Int, end: Int) {
    let start = shift < 0 ? (stride &- 1 &- shift) / stride : 0
    let end = shift < size ? min(count, (size &- 1 &- shift) / stride &+ 1) : 0
    return (start, max(start, end))
  }

  @inline(__always)
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar {
    let channels = Int(shape.channels)
    let step = Int(shape.window.strideWidth) &* channels
    var total = V()
    forRows { output, input, count in
      var to = output &* channels &+ channel
      var from = input &* channels &+ channel
      var sum = V()
      for _ in 0..<count {
        sum += dy.vector(to, lanes, V.self) * x.vector(from, lanes, V.self)
        to &+= channels
        from &+= step
      }
      total += sum
    }
    dw.store(total, channel, lanes)
  }

  /// Several outputs to a channel.
  func runScalar() {
    let outputs = shape.outputs
    let multiplier = Int(shape.multiplier)
    let channels = Int(shape.channels)
    let stride = Int(shape.window.strideWidth)
    for output in 0..<outputs {
      let channel = output / multiplier
      var total: Scalar = 0
      forRows { to, from, count in
        var sum: Scalar = 0
        for i in 0..<count {
          sum += dy[(to &+ i) &* outputs &+ output] * x[(from &+ i &* stride) &* channels &+ channel]
        }
        total += sum
      }
      dw[output] = total
    }
  }
}
