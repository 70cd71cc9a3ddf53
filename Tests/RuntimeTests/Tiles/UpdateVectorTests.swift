import CKernels
import Testing

@testable import Runtime

/// Updates on vectors come to the bytes of the plain one, also for what is no number.
@Test(arguments: vectorTables, UInt64(0)..<10) func updatesOnVectors(vectors: ck_vectors, seed: UInt64) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  for round in 0..<40 {
    var rig = KernelRig(seed: seed * 1000 + UInt64(round))
    let (inner, channels) = (rig.pick(1, 9, 64, 70, 200), rig.int(1...70))
    let count = inner * channels * (inner == 1 ? 9 : 1)
    // Biases of 32 bits, or weights of 8.
    let isWide = rig.chance(3)
    let isTooLarge = isWide && rig.chance(6)
    let biases = (0..<count).map { _ in Int32(rig.int(-1 << 30...1 << 30)) }.map { rig.chance(2) ? $0 : $0 >> 15 }
    let largest: [Int32] = isTooLarge ? [1 << 30 + 1] : []
    let w = isWide ? rig.add(.i32, biases.dropLast(largest.count) + largest) : rig.add(.i8, rig.integers(count))
    let new = rig.chance(2) ? w : rig.addRoom(isWide ? .i32 : .i8, count)
    let gradients = (0..<count).map { _ in
      rig.chance(30)
        ? rig.pick(Float.nan, .infinity, -.infinity, 1e30, -1e30, 1e-40, -0.0)
        : Float(rig.int(-100_000...100_000)) * 1e-5
    }
    let g = rig.add(.f32, gradients)
    let scales = rig.add(
      .f32,
      (0..<channels).map { _ in rig.chance(9) ? rig.pick(Float(0), -1, .nan, 1e-30) : Float(rig.int(1...999)) * 1e-4 })
    let low = rig.chance(2) ? [rig.add(.i8, rig.integers(count, from: -128))] : []
    let p = QuantizedUpdateParameters(
      count: count, inner: inner, channels: channels, isWide: isWide, rule: .sgd,
      rounding: rig.pick(.stochastic, .nearest, .truncate), isPlain: rig.chance(2),
      weightDecay: rig.pick(0, 0.01), betas: (0, 0), clip: 0, accumulate: rig.int(1...3),
      seed: UInt32(rig.int(0...1 << 31)), tensor: 5, slots: low.isEmpty ? 0b1111 : 0b1_1111)
    var context = StepContext()
    context.learningRate = rig.pick(0.1, 1e-4, 30, 1e9)
    context.step = UInt32(rig.int(0...100_000))
    let operands = [new, w, g, scales] + low
    let part = rig.int(0...count - 1)..<count
    func update(_ call: Call, _ body: (WeightUpdate, Elements<Float>) -> Void) {
      body(
        WeightUpdate(call, p, context, share: 1 / Float(p.accumulate)),
        call.elements(2, Float.self).from(part.lowerBound))
    }
    let plain = rig.run(operands, p) { update($0) { $0.runPlain(part.lowerBound, $1) } }
    let vector = rig.run(operands, p) {
      update($0) { update, gradients in
        var numbers = unsafe ck_gradients(reals: gradients.pointer, sums: nil, scale: 0, scales: nil)
        let isDone = unsafe update.runVectors(part.lowerBound, gradients.count, &numbers, table)
        #expect(isDone != isTooLarge)
        if !isDone { update.runPlain(part.lowerBound, gradients) }
      }
    }
    try #require(plain == vector, "\(p)")
  }
}

/// Sums and their scales are as good as the gradients made of them; where all are zero nothing moves but what is beyond
/// its limits.
@Test(arguments: vectorTables, UInt64(0)..<10) func updatesOfSumsOnVectors(vectors: ck_vectors, seed: UInt64) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  for round in 0..<20 {
    var rig = KernelRig(seed: seed * 1000 + UInt64(round))
    let (inner, channels) = (rig.pick(1, 9, 64, 70, 200), rig.int(1...70))
    let count = inner * channels * (inner == 1 ? 9 : 1)
    let w = rig.add(.i8, rig.integers(count, from: -128))
    let new = rig.chance(2) ? w : rig.addRoom(.i8, count)
    let isQuiet = rig.chance(2)
    let sums = (0..<count).map { _ in
      rig.chance(20) ? Int32(rig.int(-2_000_000_000...2_000_000_000)) : isQuiet ? 0 : Int32(rig.int(-99_999...99_999))
    }
    let factors = (0..<channels).map { _ in
      rig.chance(9) ? rig.pick(Float(-0.0), -1, .nan) : Float(rig.int(1...999)) * 1e-7
    }
    let g = rig.add(.f32, (0..<count).map { Float(sums[$0]) * (0.37 * factors[$0 / inner % channels]) })
    let scales = rig.add(.f32, (0..<channels).map { _ in rig.chance(9) ? 0 : Float(rig.int(1...999)) * 1e-4 })
    let low = rig.chance(2) ? [rig.add(.i8, rig.integers(count, from: -128))] : []
    let p = QuantizedUpdateParameters(
      count: count, inner: inner, channels: channels, isWide: false, rule: .sgd,
      rounding: rig.pick(.stochastic, .nearest, .truncate), isPlain: rig.chance(2), weightDecay: rig.pick(0, 0.01),
      betas: (0, 0), clip: 0, accumulate: 1, seed: UInt32(rig.int(0...1 << 31)), tensor: 5,
      slots: low.isEmpty ? 0b1111 : 0b1_1111)
    var context = StepContext()
    context.learningRate = rig.pick(0.1, 1e-4, 30)
    let operands = [new, w, g, scales] + low
    let plain = rig.run(operands, p) {
      WeightUpdate($0, p, context, share: 1).runPlain(0, $0.elements(2, Float.self))
    }
    let vector = rig.run(operands, p) { call in
      sums.withUnsafeBufferPointer { sums in
        factors.withUnsafeBufferPointer { factors in
          var gradients = unsafe ck_gradients(
            reals: nil, sums: sums.baseAddress, scale: 0.37, scales: factors.baseAddress)
          let isDone = unsafe WeightUpdate(call, p, context, share: 1).runVectors(0, count, &gradients, table)
          #expect(isDone)
        }
      }
    }
    try #require(plain == vector, "\(p)")
  }
}

/// Moments of biases of 32 bits, with the bits of the plain ones; one that is too large is left to these.
@Test(arguments: vectorTables, UInt64(0)..<10) func momentsOfBiasesOnVectors(vectors: ck_vectors, seed: UInt64) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  var rig = KernelRig(seed: seed)
  let (count, isTooLarge) = (rig.int(1...300), rig.chance(5))
  let biases = (0..<count).map { _ in Int32(rig.int(-1 << 20...1 << 20)) }
  let w = rig.add(.i32, isTooLarge ? [Int32.max] + biases.dropFirst() : biases)
  let g = rig.add(.f32, (0..<count).map { _ in Float(rig.int(-99_999...99_999)) * 1e-5 })
  let scales = rig.add(.f32, (0..<count).map { _ in Float(rig.int(1...999)) * 1e-4 })
  let blocks = (count + QuantizedUpdateParameters.block - 1) / QuantizedUpdateParameters.block
  let moments = [
    rig.add(.i8, rig.integers(count)), rig.add(.f32, (0..<blocks).map { _ in Float(rig.int(0...99)) * 1e-4 }),
  ]
  let p = QuantizedUpdateParameters(
    count: count, inner: 1, channels: count, isWide: true, rule: rig.pick(.momentum, .lion), rounding: .stochastic,
    isPlain: false, weightDecay: rig.pick(0, 0.01), betas: (0.9, 0.99), clip: 0, accumulate: 1, seed: 9, tensor: 5,
    slots: 0b110_1111)
  var context = StepContext()
  context.learningRate = 0.1
  let operands = [w, w, g, scales] + moments
  let plain = rig.run(operands, p) {
    WeightUpdate($0, p, context, share: 1).runPlain(0, $0.elements(2, Float.self))
  }
  let vector = rig.run(operands, p) { call in
    let (update, gradients) = (WeightUpdate(call, p, context, share: 1), call.elements(2, Float.self))
    var numbers = unsafe ck_gradients(reals: gradients.pointer, sums: nil, scale: 0, scales: nil)
    let isDone = unsafe update.runVectors(0, count, &numbers, table)
    #expect(isDone != isTooLarge)
    if !isDone { update.runPlain(0, gradients) }
  }
  try #require(plain == vector, "\(p)")
}
