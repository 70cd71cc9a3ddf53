import CKernels
import Testing

@testable import Runtime

/// Loops over elements on vectors, against their definitions.
@Test(arguments: vectorTables, 0..<70) func elementsOnVectors(vectors: ck_vectors, count: Int) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  var rig = KernelRig(seed: UInt64(count))
  let x = rig.integers(count, from: -128) + [0]
  let low = rig.pick(-129, -128, -5, 0, 126, -1000, 65536, 1 << 31 - 1)
  let high = rig.pick(-127, 0, 1, 127, 128, 40000, 65636, -1 << 31)
  var bits = [UInt8](repeating: 0xaa, count: (count + 7) / 8 + 1)
  unsafe table.pointee.mask8?(x, Int32(count), Int32(low), Int32(high), &bits)
  for (index, byte) in bits.dropLast().enumerated() {
    for bit in 0..<8 {
      let element = index * 8 + bit
      let isInside = element < count && Int(x[element]) > low && Int(x[element]) < high
      #expect(byte >> UInt8(bit) & 1 == (isInside ? 1 : 0), "element \(element) of \(count)")
    }
  }
  #expect(bits.last == 0xaa)
  var (largest, saturated): (Int32, Int32) = (7, 7)
  unsafe table.pointee.range8?(x, Int32(count), 127, &largest, &saturated)
  let sizes = x[..<count].map { abs(Int($0)) }
  #expect(Int(largest) == sizes.max() ?? 0 && Int(saturated) == sizes.count { $0 == 127 })
}
