import CKernels
import CPlatform

/// `quantizedDepthwiseGradInput` of gradients of 8 bits by blocks of 16 channels, the same bits; false where there are no
/// vectors.
func tiledDepthwiseGradInput(
  _ call: Call, _ p: QuantizedDepthwiseGradInputParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard unsafe p.shape.isTiled(table), p.output.sourceFormat == .q8, let kernel = unsafe table.pointee.depthwise8_dx
  else { return false }
  let dy = call.gradient(1, .q8, Int8.self)
  let channels = Int(p.shape.channels)
  let line: Elements<Int8> = call.elements(call.head.operands &- 1).from(channels &* MemoryLayout<Int32>.stride)
  let product = unsafe TiledDepthwiseGradInput(
    window: p.shape.window, kernel: kernel, dy: dy.elements, w: call.elements(2),
    late: ck_late(delay: p.delay, line: line.pointer),
    shares: ChannelShares(p.shape, pixels: p.shape.window.inputPixels, taps: p.shape.window.taps))
  var sink = GradientSink(call, p.output, p.slots, from: 4)
  unsafe sink.writeTiles(channels: p.shape.channels, scale: dy.scale) { unsafe product.run(&$0) }
  return true
}

private struct TiledDepthwiseGradInput {
  let window: Window
  let kernel: ck_depthwise8_dx
  let dy: Elements<Int8>
  let w: Elements<Int8>
  let late: ck_late
  let shares: ChannelShares

  /// All of it, by as many threads as share it.
  func run(_ gradient: inout ck_gradient) {
    guard isBuilt(.threads), shares.threads > 1 else { return unsafe run(0, &gradient) }
    unsafe GradientShares.run(shares.threads, &gradient) {
      var job = (self, $0)
      unsafe withUnsafeMutablePointer(to: &job) {
        unsafe cp_share(
          Int32(shares.threads),
          { job, thread in
            let job = unsafe job!.assumingMemoryBound(to: (TiledDepthwiseGradInput, GradientShares).self)
            unsafe job.pointee.1.run(Int(thread)) { unsafe job.pointee.0.run(Int(thread), &$0) }
          }, $0)
      }
    }
  }

  private func run(_ thread: Int, _ gradient: inout ck_gradient) {
    let channels = shares[thread]
    var window = ck_window(window)
    var late = unsafe late
    unsafe kernel(
      &window, Int32(channels.lowerBound), Int32(channels.upperBound), dy.pointer, w.pointer, &late, &gradient)
  }
}
