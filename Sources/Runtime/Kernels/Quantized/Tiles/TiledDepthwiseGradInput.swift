import CKernels
import CPlatform

/// `quantizedDepthwiseGradInput` of gradients of 8 bits by blocks of 16 channels, the same bits; false where there are no
/// vectors.
func tiledDepthwiseGradInput(
  _ call: Call, _ p: QuantizedDepthwiseGradInputParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard p.shape.isTiled, p.output.sourceFormat == .q8, let kernel = unsafe table.pointee.depthwise8_dx
  else { return false }
  let dy = call.gradient(1, .q8, Int8.self)
  let dx = call.elements(0, Int8.self)
  // Bits of a mask belong to one picture where its elements fill bytes.
  let areApart =
    p.shape.areApart(dx, bytes: p.output.targetFormat.elementBytes, dy.elements) && p.shape.inputPicture % 8 == 0
  let room: Elements<UInt8> = call.elements(call.head.operands &- 1)
  let product = unsafe TiledDepthwiseGradInput(
    shape: p.shape, kernel: kernel, dy: dy.elements, w: call.elements(2), delay: p.delay, room: room,
    shares: DepthwiseShares(
      p.shape, pixels: p.shape.window.inputPixels, taps: p.shape.window.taps, areApart: areApart,
      scratch: room.count))
  var sink = GradientSink(call, p.output, p.slots, from: 4)
  unsafe sink.writeTiles(channels: p.shape.channels, scale: dy.scale) { unsafe product.run(&$0) }
  return true
}

private struct TiledDepthwiseGradInput {
  let shape: DepthwiseShape
  let kernel: ck_depthwise8_dx
  let dy: Elements<Int8>
  let w: Elements<Int8>
  let delay: Int32
  /// Scratch of the row.
  let room: Elements<UInt8>
  let shares: DepthwiseShares

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
    let share = shares[thread]
    let line = shares.line(thread, room, from: Int(shape.channels) &* MemoryLayout<Int32>.stride)
    var window = ck_window(shape.window, share.pictures)
    var late = unsafe ck_late(delay: delay, line: line.pointer)
    let first = share.pictures.lowerBound &* shape.inputPicture
    unsafe gradient.skip(first)
    unsafe kernel(
      &window, Int32(share.channels.lowerBound), Int32(share.channels.upperBound),
      dy.pointer + share.pictures.lowerBound &* shape.outputPicture, w.pointer, &late, &gradient)
  }
}

extension ck_gradient {
  /// Goes on by so many elements, whose bits fill bytes.
  fileprivate mutating func skip(_ elements: Int) {
    let bytes = unsafe GradientFormat(rawValue: format)?.elementBytes ?? 0
    unsafe out += elements &* bytes
    unsafe mask = mask.map { unsafe $0 + elements / 8 }
  }
}
