import CKernels

/// `gradientCast` of gradients of 8 bits by blocks of 16 channels, the same bits; false where there are no vectors.
func tiledGradientCast(_ call: Call, _ p: GradientCastParameters, _ table: UnsafePointer<ck_table>) -> Bool {
  guard p.output.sourceFormat == .q8, let kernel = unsafe table.pointee.cast8 else { return false }
  let dy = call.gradient(1, .q8, Int8.self)
  let second = p.operand(2).map { call.gradient($0, .q8, Int8.self) }
  let pixels = p.output.count / p.output.channels
  var sink = GradientSink(call, p.output, p.slots, from: 3)
  unsafe sink.writeTiles(channels: p.output.channels, scale: 1) { gradient in
    unsafe kernel(
      &gradient, pixels, p.spread, dy.elements.pointer, dy.scale, second?.elements.pointer, second?.scale ?? 0)
  }
  return true
}
