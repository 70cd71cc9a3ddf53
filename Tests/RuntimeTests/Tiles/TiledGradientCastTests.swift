import CKernels
import Testing

@testable import Runtime

/// Gradients of 8 bits in another format, and sums of two, come to the bytes of the plain kernel, also over an addend.
@Test(arguments: vectorTables, UInt64(0)..<6) func gradientCastsOnVectors(vectors: ck_vectors, seed: UInt64) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  for round in 0..<80 {
    var rig = KernelRig(seed: seed * 1000 + UInt64(round))
    let channels = rig.pick(1, 3, 8, 15, 16, 17, 33, 48)
    let spread = rig.pick(1, 1, 2, 9)
    let count = channels * spread * rig.int(1...40)
    let format = rig.pick(GradientFormat.q8, .q8, .q16, .f32)
    let dy = rig.addGradient(count / spread)
    let second = rig.chance(2) ? rig.addGradient(count / spread) : nil
    let isInPlace = spread == 1 && format == .q8 && rig.chance(2)
    let dx = isInPlace ? rig.pick(dy, second ?? dy) : rig.addRoom(format.elementType, count)
    let epilogue = rig.addEpilogue(count, channels: channels, format, isMeasured: rig.chance(2), from: 3)
    let p = GradientCastParameters(
      output: GradientOutput(source: .q8, target: format, count: count, channels: channels), spread: spread,
      slots: (second == nil ? 0b11 : 0b111) | epilogue.slots)
    let operands = [dx, dy] + (second.map { [$0] } ?? []) + epilogue.operands
    let plain = rig.run(operands, p) { plainGradientCast($0, p) }
    var isTiled = false
    let tiled = rig.run(operands, p) { isTiled = unsafe tiledGradientCast($0, p, table) }
    try #require(isTiled)
    try #require(tiled == plain, "\(count) in \(channels) channels, \(spread) each, \(format)")
  }
}
