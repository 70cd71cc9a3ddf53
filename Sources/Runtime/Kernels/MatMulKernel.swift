/// Parameters of `matMul`: a batched matrix product, one for each element of an index space.
public struct MatMulParameters: KernelParameters {
  public var m: Int32
  public var n: Int32
  public var k: Int32
  /// Bit 0: a is stored k x m; bit 1: b is stored n x k.
  public var transposed: Int32
  /// Matrices of the output, in order.
  public var box: IndexSpace
  public var a: StridedAccess
  public var b: StridedAccess

  public init(
    m: Int, n: Int, k: Int, transposeA: Bool, transposeB: Bool, box: IndexSpace, a: StridedAccess, b: StridedAccess
  ) {
    self.m = Int32(m)
    self.n = Int32(n)
    self.k = Int32(k)
    transposed = (transposeA ? 1 : 0) | (transposeB ? 2 : 0)
    self.box = box
    self.a = a
    self.b = b
  }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0:
      guard let count = box.count.value else { return nil }
      return (Extent() * Int32(count) * m * n).value
    case 1: return matrices(a, m, k)
    case 2: return matrices(b, k, n)
    default: return nil
    }
  }

  private func matrices(_ walk: StridedAccess, _ rows: Int32, _ columns: Int32) -> Int? {
    guard let reach = walk.extent(over: box), let size = (Extent() * rows * columns).value else { return nil }
    return (Extent() * Int32(reach) + Extent() * Int32(size)).value.map { $0 - 1 }
  }
}

/// y = op(a) · op(b), matrix by matrix.
func matMul<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(MatMulParameters.self)
  let y = call.elements(0, S.self)
  let a = call.elements(1, S.self)
  let b = call.elements(2, S.self)
  let transposeA = p.transposed & 1 != 0
  let transposeB = p.transposed & 2 != 0
  let shape = GEMMShape(
    m: Int(p.m), n: Int(p.n), k: Int(p.k), transposeA: transposeA, transposeB: transposeB)
  p.box.forEachRow { first, index in
    let startA = p.a.position(index)
    let startB = p.b.position(index)
    for i in 0..<p.box.row {
      S.gemm(
        shape, Matrix(a.from(startA &+ i &* p.a.step), Int(transposeA ? p.m : p.k)),
        Matrix(b.from(startB &+ i &* p.b.step), Int(transposeB ? p.k : p.n)), start: nil,
        Matrix(y.from((first &+ i) &* shape.m &* shape.n), shape.n))
    }
  }
}
