import CKernels
import CPlatform

extension DepthwiseShape {
  /// Whether the C kernels take it: one output for each channel, all weights in one tensor, few taps.
  fileprivate var isTiled: Bool { multiplier == 1 && !hasRegion && window.taps <= 49 }

  /// Whether its weight's gradient is one that `TiledDepthwiseGradWeight` sums up.
  func isTiled(_ table: UnsafePointer<ck_table>) -> Bool { unsafe isTiled && table.pointee.depthwise8_dw != nil }
}

/// `quantizedDepthwise` by blocks of 16 channels, the same bits; false where there are no vectors.
func tiledDepthwise(
  _ call: Call, _ p: QuantizedDepthwiseParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard p.shape.isTiled, let kernel = unsafe table.pointee.depthwise8 else { return false }
  let line: Elements<Int8> = call.elements(call.head.operands &- 1).from(4 &* p.shape.outputs)
  unsafe TiledDepthwise(
    call: call, p: p, kernel: kernel, late: ck_late(delay: p.delay, line: line.pointer),
    shares: ChannelShares(p.shape, pixels: p.shape.window.outputPixels, taps: p.shape.window.taps)
  ).run()
  return true
}

private struct TiledDepthwise {
  let call: Call
  let p: QuantizedDepthwiseParameters
  let kernel: ck_depthwise8
  let late: ck_late
  let shares: ChannelShares

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
    let channels = shares[thread]
    var window = ck_window(p.shape.window)
    var late = unsafe late
    let bias = call.slot(4, p, Int32.self)
    unsafe kernel(
      &window, p.shape.channels, Int32(channels.lowerBound), Int32(channels.upperBound),
      call.elements(1, Int8.self).pointer, p.inputZero, call.elements(2, Int8.self).pointer, bias?.pointer,
      call.elements(3, Int32.self).pointer, p.output.zeroPoint, p.output.low, p.output.high, &late,
      call.elements(0, Int8.self).pointer)
  }
}
