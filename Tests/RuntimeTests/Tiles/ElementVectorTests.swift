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

/// Sums of columns, and of tensors, against their definitions.
@Test(arguments: vectorTables, 0..<70) func sumsOnVectors(vectors: ck_vectors, seed: Int) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  var rig = KernelRig(seed: UInt64(seed))
  let (rows, columns) = (rig.int(1...50), rig.int(1...70))
  let x = rig.integers(rows * columns, from: -128)
  var sums = [Int32](repeating: 7, count: columns + 1)
  unsafe table.pointee.sums8?(Int32(rows), Int32(columns), x, &sums)
  let expected = (0..<columns).map { column in (0..<rows).reduce(0) { $0 + Int32(x[$1 * columns + column]) } }
  #expect(sums == expected + [7])

  let count = rig.int(1...90)
  let (a, b) = (rig.integers(count, from: -128), rig.integers(count, from: -128))
  // Small factors and shifts give halves.
  let most = rig.pick(9, 1 << 31 - 1)
  let factors = [rig.int(-most...most), rig.int(0...most)]
  let output = OutputRange(zeroPoint: rig.int(-128...127), low: rig.int(-128...0), high: rig.int(0...127))
  var p = ck_add(
    zero_a: Int32(rig.int(-128...128)), zero_b: Int32(rig.int(-128...128)), factor_a: Int32(factors[0]),
    factor_b: Int32(factors[1]), shift: Int32(rig.chance(2) ? rig.int(1...3) : rig.int(1...63)),
    zero: output.zeroPoint, low: output.low, high: output.high)
  let isPair = rig.chance(2)
  var y = [Int8](repeating: 99, count: count + 1)
  unsafe b.withUnsafeBufferPointer { b in
    unsafe table.pointee.add8?(&p, Int32(count), a, isPair ? b.baseAddress : nil, &y)
  }
  let whole = (0..<count).map { i in
    var sum = Int64(Int32(a[i]) - p.zero_a) * Int64(p.factor_a)
    if isPair { sum += Int64(Int32(b[i]) - p.zero_b) * Int64(p.factor_b) }
    return output.clamp(sum.divided(byPowerOfTwo: p.shift))
  }
  #expect(y == whole + [99])
  var own = a
  unsafe b.withUnsafeBufferPointer { b in
    own.withUnsafeMutableBufferPointer { own in
      guard let base = own.baseAddress else { return }
      unsafe table.pointee.add8?(&p, Int32(count), base, isPair ? b.baseAddress : nil, base)
    }
  }
  #expect(own == whole)
}
