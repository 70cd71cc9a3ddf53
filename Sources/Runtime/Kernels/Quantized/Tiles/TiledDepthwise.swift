import CKernels

extension DepthwiseShape {
  /// Whether the C kernels take it: one output for each channel, all weights in one tensor, few taps.
  fileprivate var isTiled: Bool { multiplier == 1 && !hasRegion && window.taps <= 49 }

  /// Whether its weight's gradient is one that `addTiled` sums up.
  func isTiled(_ table: UnsafePointer<ck_table>) -> Bool { unsafe isTiled && table.pointee.depthwise8_dw != nil }
}

/// `quantizedDepthwise` by blocks of 16 channels, the same bits; false where there are no vectors.
func tiledDepthwise(
  _ call: Call, _ p: QuantizedDepthwiseParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard p.shape.isTiled, let kernel = unsafe table.pointee.depthwise8 else { return false }
  var window = ck_window(p.shape.window)
  let line: Elements<Int8> = call.elements(call.head.operands &- 1).from(4 &* p.shape.outputs)
  var late = unsafe ck_late(delay: p.delay, line: line.pointer)
  let bias = call.slot(4, p, Int32.self)
  unsafe kernel(
    &window, p.shape.channels, call.elements(1, Int8.self).pointer, p.inputZero, call.elements(2, Int8.self).pointer,
    bias?.pointer, call.elements(3, Int32.self).pointer, p.output.zeroPoint, p.output.low, p.output.high, &late,
    call.elements(0, Int8.self).pointer)
  return true
}

/// `quantizedDepthwiseGradInput` of gradients of 8 bits in the same way.
func tiledDepthwiseGradInput(
  _ call: Call, _ p: QuantizedDepthwiseGradInputParameters, _ table: UnsafePointer<ck_table>
) -> Bool {
  guard p.shape.isTiled, p.output.sourceFormat == .q8, let kernel = unsafe table.pointee.depthwise8_dx else {
    return false
  }
  var window = ck_window(p.shape.window)
  let dy = call.gradient(1, .q8, Int8.self)
  let channels = Int(p.shape.channels)
  let line: Elements<Int8> = call.elements(call.head.operands &- 1).from(channels &* MemoryLayout<Int32>.stride)
  var late = unsafe ck_late(delay: p.delay, line: line.pointer)
  var sink = GradientSink(call, p.output, p.slots, from: 4)
  unsafe sink.writeTiles(channels: p.shape.channels, scale: dy.scale) { gradient in
    unsafe kernel(&window, dy.elements.pointer, call.elements(2, Int8.self).pointer, &late, &gradient)
  }
  return true
}

extension DepthwiseShape {
  /// Adds the products of a gradient of 8 bits and an activation over some output pixels to the sums of some taps.
  func addTiled(
    _ x: Elements<Int8>, zero: Int32, _ dy: Elements<Int8>, gradientChannels: Int32, start: Int32, _ pixels: Range<Int>,
    _ taps: Range<Int>, _ sums: Elements<Int32>, _ table: UnsafePointer<ck_table>
  ) {
    var window = ck_window(window)
    unsafe table.pointee.depthwise8_dw?(
      &window, channels, x.pointer, zero, dy.pointer + Int(start), Int(gradientChannels), Int32(pixels.lowerBound),
      Int32(pixels.upperBound), Int32(taps.lowerBound), Int32(taps.upperBound), sums.pointer)
  }
}
