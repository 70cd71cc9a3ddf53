import CKernels
import CPlatform

extension DepthwiseShape {
  /// Whether the C kernels take it: one output for each channel, all weights in one tensor, few taps.
  var isTiled: Bool { multiplier == 1 && !hasRegion && window.taps <= Int(ck_most_taps) }
}

/// `quantizedDepthwise` by blocks of 16 channels, the same bits; false where there are no vectors.
func tiledDepthwise(
  _ call: Call, _ p: QuantizedDepthwiseParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard p.shape.isTiled, let kernel = unsafe table.pointee.depthwise8 else { return false }
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let shares = DepthwiseShares(
    p.shape, pixels: p.shape.window.outputPixels, taps: p.shape.window.taps,
    areApart: p.shape.areApart(y, bytes: 1, x),
    scratch: call.elements(call.head.operands &- 1, UInt8.self).count)
  unsafe TiledDepthwise(call: call, p: p, kernel: kernel, y: y, x: x, shares: shares).run()
  return true
}

private struct TiledDepthwise {
  let call: Call
  let p: QuantizedDepthwiseParameters
  let kernel: ck_depthwise8
  let y: Elements<Int8>
  let x: Elements<Int8>
  let shares: DepthwiseShares

  /// All of it, by as many threads as share it.
  func run() {
    guard isBuilt(.threads), shares.threads > 1 else { return run(0) }
    var job = self
    unsafe withUnsafeMutablePointer(to: &job) {
      unsafe cp_share(
        Int32(shares.threads),
        { job, thread in unsafe job!.assumingMemoryBound(to: TiledDepthwise.self).pointee.run(Int(thread)) }, $0)
    }
  }

  private func run(_ thread: Int) {
    let share = shares[thread]
    let line = shares.line(thread, call.elements(call.head.operands &- 1), from: 4 &* p.shape.outputs)
    var window = ck_window(p.shape.window, share.pictures)
    var late = unsafe ck_late(delay: p.delay, line: line.pointer)
    let bias = call.slot(4, p, Int32.self)
    unsafe kernel(
      &window, p.shape.channels, Int32(share.channels.lowerBound), Int32(share.channels.upperBound),
      x.pointer + share.pictures.lowerBound &* p.shape.inputPicture, p.inputZero, call.elements(2, Int8.self).pointer,
      bias?.pointer, call.elements(3, Int32.self).pointer, p.output.zeroPoint, p.output.low, p.output.high, &late,
      y.pointer + share.pictures.lowerBound &* p.shape.outputPicture)
  }
}

extension DepthwiseShape {
  /// Elements of a picture that is read, or written.
  var inputPicture: Int { window.inputPixels / Int(window.batch) &* Int(channels) }
  var outputPicture: Int { window.outputPixels / Int(window.batch) &* Int(channels) }
}

extension ck_window {
  /// For some of the pictures.
  init(_ window: Window, _ pictures: Range<Int>) {
    self.init(window)
    batch = Int32(pictures.count)
  }
}
