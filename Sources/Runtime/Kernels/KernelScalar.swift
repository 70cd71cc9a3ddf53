import CKernels

/// Arithmetic of the float kernels: `Float` on a board, `Double` as the oracle on the host.
public protocol KernelScalar: BinaryFloatingPoint, BitwiseCopyable, VectorScalar {

  /// C[m×n] = (accumulate ? C : 0) + op(A)·op(B), row-major; leading dimensions in elements.
  static func gemm(
    _ shape: GEMMShape, _ a: Elements<Self>, _ lda: Int, _ b: Elements<Self>, _ ldb: Int, _ c: Elements<Self>,
    _ ldc: Int)
  /// eˣ.
  static func exp(_ x: Self) -> Self
  /// Natural logarithm.
  static func log(_ x: Self) -> Self
}

/// What a matrix product computes, leading dimensions apart.
public struct GEMMShape {
  public var m: Int
  public var n: Int
  public var k: Int
  public var transposeA = false
  public var transposeB = false
  public var accumulate = false

  public init(
    m: Int, n: Int, k: Int, transposeA: Bool = false, transposeB: Bool = false, accumulate: Bool = false
  ) {
    self.m = m
    self.n = n
    self.k = k
    self.transposeA = transposeA
    self.transposeB = transposeB
    self.accumulate = accumulate
  }
}

extension Float: KernelScalar {
  public static func gemm(
    _ s: GEMMShape, _ a: Elements<Float>, _ lda: Int, _ b: Elements<Float>, _ ldb: Int, _ c: Elements<Float>,
    _ ldc: Int
  ) {
    guard let sgemm = unsafe ck_kernels().pointee.sgemm else { return plainGEMM(s, a, lda, b, ldb, c, ldc) }
    unsafe sgemm(
      s.transposeA ? 1 : 0, s.transposeB ? 1 : 0, Int32(s.m), Int32(s.n), Int32(s.k), a.pointer, Int32(lda), b.pointer,
      Int32(ldb), s.accumulate ? 1 : 0, c.pointer, Int32(ldc))
  }
}

#if !hasFeature(Embedded)
  extension Double: KernelScalar {
    public static func gemm(
      _ s: GEMMShape, _ a: Elements<Double>, _ lda: Int, _ b: Elements<Double>, _ ldb: Int, _ c: Elements<Double>,
      _ ldc: Int
    ) { plainGEMM(s, a, lda, b, ldb, c, ldc) }
  }
#endif

/// The plain matrix product; fast ones are compared with it.
public func plainGEMM<S: KernelScalar>(
  _ s: GEMMShape, _ a: Elements<S>, _ lda: Int, _ b: Elements<S>, _ ldb: Int, _ c: Elements<S>, _ ldc: Int
) {
  for i in 0..<s.m {
    let row = i &* ldc
    if !s.accumulate { for j in 0..<s.n { c[row &+ j] = 0 } }
    for k in 0..<s.k {
      let factor = s.transposeA ? a[k &* lda &+ i] : a[i &* lda &+ k]
      if s.transposeB {
        for j in 0..<s.n { c[row &+ j] += factor * b[j &* ldb &+ k] }
      } else {
        for j in 0..<s.n { c[row &+ j] += factor * b[k &* ldb &+ j] }
      }
    }
  }
}
