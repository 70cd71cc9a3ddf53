import CKernels
import IR
import Runtime
import Testing

/// Vectors that this processor has.
let vectors = [ck_generic, ck_avx2].filter { ck_kernels_for($0) != nil }

private struct Product {
  var shape: GEMMShape
  var a: [Float]
  var b: [Float]
  var c: [Float]
  var lda: Int
  var ldb: Int
  var ldc: Int

  /// Random matrices whose rows have up to three elements more than they need.
  init(_ m: Int, _ n: Int, _ k: Int, flags: Int, _ generator: inout SeededGenerator) {
    shape = GEMMShape(m: m, n: n, k: k)
    shape.transposeA = flags & 1 != 0
    shape.transposeB = flags & 2 != 0
    shape.accumulate = flags & 4 != 0
    func slack() -> Int { Int.random(in: 0...3, using: &generator) }
    func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
    lda = (shape.transposeA ? m : k) + slack()
    ldb = (shape.transposeB ? k : n) + slack()
    ldc = n + slack()
    a = random((shape.transposeA ? k : m) * lda)
    b = random((shape.transposeB ? n : k) * ldb)
    c = random(m * ldc)
  }

  /// All of c as `multiply` leaves it, so that writes outside the product show too.
  func result(
    _ multiply: (GEMMShape, Elements<Float>, Int, Elements<Float>, Int, Elements<Float>, Int) -> Void
  ) -> [UInt32] {
    var (a, b, c) = (a, b, c)
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          multiply(
            shape, Elements(base: a.baseAddress!, count: a.count), lda, Elements(base: b.baseAddress!, count: b.count),
            ldb, Elements(base: c.baseAddress!, count: c.count), ldc)
        }
      }
    }
    return c.map(\.bitPattern)
  }
}

private func fast(_ vectors: ck_vectors, _ product: Product) -> [UInt32] {
  product.result { s, a, lda, b, ldb, c, ldc in
    ck_kernels_for(vectors).pointee.sgemm(
      s.transposeA ? 1 : 0, s.transposeB ? 1 : 0, Int32(s.m), Int32(s.n), Int32(s.k), a.pointer, Int32(lda), b.pointer,
      Int32(ldb), s.accumulate ? 1 : 0, c.pointer, Int32(ldc))
  }
}

@Test(arguments: vectors.map(\.rawValue))
func fastProductsHaveTheBitsOfThePlainOne(raw: UInt32) {
  var generator = SeededGenerator(seed: 10)
  for trial in 0..<400 {
    func size(_ limit: Int) -> Int { Int.random(in: 1...limit, using: &generator) }
    let product = Product(size(40), size(50), size(70), flags: trial % 8, &generator)
    #expect(fast(ck_vectors(raw), product) == product.result(plainGEMM), "\(product.shape)")
  }
}

/// One more than a block of rows, a panel's depth, and rows in place.
@Test(arguments: vectors.map(\.rawValue), 0..<8)
func blocksMeetWithoutASeam(raw: UInt32, flags: Int) {
  var generator = SeededGenerator(seed: 11)
  for (m, n, k) in [(241, 17, 3), (13, 33, 257), (1, 40, 513), (12, 8, 65), (31, 1, 33)] {
    let product = Product(m, n, k, flags: flags, &generator)
    #expect(fast(ck_vectors(raw), product) == product.result(plainGEMM), "\(product.shape)")
  }
}
