import CKernels
import IR
import Runtime
import Testing

/// Vectors that this processor has.
let vectors = [ck_generic, ck_avx2, ck_avx_vnni, ck_avx512].filter { ck_kernels_for($0) != nil }

/// What a product is added to.
private enum Start: CaseIterable { case zero, bias, c }

private struct Product {
  var shape: GEMMShape
  var a: [Float]
  var b: [Float]
  var c: [Float]
  var bias: [Float]
  var start: Start
  var lda: Int
  var ldb: Int
  var ldc: Int

  /// Random matrices whose rows have up to three elements more than they need.
  init(_ m: Int, _ n: Int, _ k: Int, flags: Int, _ start: Start, _ generator: inout SeededGenerator) {
    shape = GEMMShape(m: m, n: n, k: k)
    shape.transposeA = flags & 1 != 0
    shape.transposeB = flags & 2 != 0
    self.start = start
    func slack() -> Int { Int.random(in: 0...3, using: &generator) }
    func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
    lda = (shape.transposeA ? m : k) + slack()
    ldb = (shape.transposeB ? k : n) + slack()
    ldc = n + slack()
    a = random((shape.transposeA ? k : m) * lda)
    b = random((shape.transposeB ? n : k) * ldb)
    c = random(m * ldc)
    bias = random(n)
  }

  /// All of c as `multiply` leaves it, so that writes outside the product show too.
  func result(
    _ multiply: (GEMMShape, Matrix<Float>, Matrix<Float>, Matrix<Float>?, Matrix<Float>) -> Void
  ) -> [UInt32] {
    var (a, b, c, bias) = (a, b, c, bias)
    withMatrix(&a, lda) { a in
      withMatrix(&b, ldb) { b in
        withMatrix(&bias, 0) { bias in
          withMatrix(&c, ldc) { c in multiply(shape, a, b, start == .zero ? nil : start == .bias ? bias : c, c) }
        }
      }
    }
    return c.map(\.bitPattern)
  }
}

private func withMatrix(_ values: inout [Float], _ leading: Int, _ body: (Matrix<Float>) -> Void) {
  values.withUnsafeMutableBufferPointer { body(Matrix(Elements(base: $0.baseAddress!, count: $0.count), leading)) }
}

private func fast(_ vectors: ck_vectors, _ product: Product) -> [UInt32] {
  product.result { s, a, b, start, c in
    ck_kernels_for(vectors).pointee.sgemm(
      s.transposeA ? 1 : 0, s.transposeB ? 1 : 0, Int32(s.m), Int32(s.n), Int32(s.k), a.elements.pointer,
      Int32(a.leading), b.elements.pointer, Int32(b.leading), start?.elements.pointer, Int32(start?.leading ?? 0),
      c.elements.pointer, Int32(c.leading))
  }
}

private func plain(_ product: Product) -> [UInt32] {
  product.result { plainGEMM($0, $1, $2, start: $3, $4) }
}

@Test(arguments: vectors.map(\.rawValue))
func fastProductsHaveTheBitsOfThePlainOne(raw: UInt32) {
  var generator = SeededGenerator(seed: 10)
  for trial in 0..<400 {
    func size(_ limit: Int) -> Int { Int.random(in: 1...limit, using: &generator) }
    let product = Product(size(40), size(50), size(70), flags: trial % 4, Start.allCases[trial / 4 % 3], &generator)
    #expect(fast(ck_vectors(raw), product) == plain(product), "\(product.shape)")
  }
}

/// One more than a block of rows, a panel's depth, and rows in place.
@Test(arguments: vectors.map(\.rawValue), 0..<4)
func blocksMeetWithoutASeam(raw: UInt32, flags: Int) {
  var generator = SeededGenerator(seed: 11)
  for (m, n, k) in [(241, 17, 3), (13, 33, 257), (1, 40, 513), (12, 8, 65), (31, 1, 33)] {
    for start in Start.allCases {
      let product = Product(m, n, k, flags: flags, start, &generator)
      #expect(fast(ck_vectors(raw), product) == plain(product), "\(product.shape)")
    }
  }
}
