import CKernels

/// Arithmetic of the float kernels: `Float` on a board, `Double` as the oracle on the host.
public protocol KernelScalar: BinaryFloatingPoint, BitwiseCopyable, VectorScalar {
  /// C[m×n] = S + op(A)·op(B), row-major.
  static func gemm(_ shape: GEMMShape, _ a: Matrix<Self>, _ b: Matrix<Self>, start: Matrix<Self>?, _ c: Matrix<Self>)
  /// Runs a row whose opcode has a fast kernel for these parameters; false where it has none.
  static func runFast(_ opcode: OpCode, _ call: Call) -> Bool
  /// eˣ.
  static func exp(_ x: Self) -> Self
  /// Natural logarithm.
  static func log(_ x: Self) -> Self
  /// Share of a normal distribution below x.
  static func normal(_ x: Self) -> Self
}

/// What a matrix product computes.
public struct GEMMShape {
  public var m: Int
  public var n: Int
  public var k: Int
  public var transposeA: Bool
  public var transposeB: Bool

  public init(m: Int, n: Int, k: Int, transposeA: Bool = false, transposeB: Bool = false) {
    self.m = m
    self.n = n
    self.k = k
    self.transposeA = transposeA
    self.transposeB = transposeB
  }
}

/// The rows of a matrix, `leading` elements apart; with 0, all its rows are one.
public struct Matrix<Element: BitwiseCopyable> {
  public var elements: Elements<Element>
  public var leading: Int

  public init(_ elements: Elements<Element>, _ leading: Int) {
    self.elements = elements
    self.leading = leading
  }
}

extension Float: KernelScalar {
  public static func gemm(
    _ s: GEMMShape, _ a: Matrix<Float>, _ b: Matrix<Float>, start: Matrix<Float>?, _ c: Matrix<Float>
  ) {
    guard let sgemm = unsafe ck_kernels().pointee.sgemm else { return plainGEMM(s, a, b, start: start, c) }
    unsafe sgemm(
      s.transposeA ? 1 : 0, s.transposeB ? 1 : 0, Int32(s.m), Int32(s.n), Int32(s.k), a.elements.pointer,
      Int32(a.leading), b.elements.pointer, Int32(b.leading), start?.elements.pointer, Int32(start?.leading ?? 0),
      c.elements.pointer, Int32(c.leading))
  }
}

#if !hasFeature(Embedded)
  extension Double: KernelScalar {
    public static func gemm(
      _ s: GEMMShape, _ a: Matrix<Double>, _ b: Matrix<Double>, start: Matrix<Double>?, _ c: Matrix<Double>
    ) { plainGEMM(s, a, b, start: start, c) }

    public static func runFast(_ opcode: OpCode, _ call: Call) -> Bool { false }
  }
#endif

/// The plain matrix product; fast ones are compared with it.
@inline(never)
public func plainGEMM<S: KernelScalar>(
  _ s: GEMMShape, _ a: Matrix<S>, _ b: Matrix<S>, start: Matrix<S>?, _ c: Matrix<S>
) {
  for i in 0..<s.m {
    let row = c.elements.from(i &* c.leading)
    for j in 0..<s.n { row[j] = start.map { $0.elements[i &* $0.leading &+ j] } ?? 0 }
    for k in 0..<s.k {
      let factor = s.transposeA ? a.elements[k &* a.leading &+ i] : a.elements[i &* a.leading &+ k]
      if s.transposeB {
        for j in 0..<s.n { row[j] += factor * b.elements[j &* b.leading &+ k] }
      } else {
        for j in 0..<s.n { row[j] += factor * b.elements[k &* b.leading &+ j] }
      }
    }
  }
}
