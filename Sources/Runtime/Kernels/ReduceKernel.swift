/// Parameters of `reduce`: the operand's index space, the strides of the output over it, and a factor.
public struct ReduceParameters: KernelParameters {
  public var box: IndexSpace
  public var walk: StridedAccess
  /// Elements of the output.
  public var count: Int32
  public var scale: Float

  public init(box: IndexSpace, walk: StridedAccess, count: Int, scale: Float) {
    self.box = box
    self.walk = walk
    self.count = Int32(count)
    self.scale = scale
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard let reach = walk.extent(over: box), let count = (Extent() * count).value, reach <= count else { return nil }
    return index == 0 ? count : index == 1 ? box.count.value : nil
  }
}

/// y[strided] = scale · Σ x[dense]: axes along which it sums have stride 0 in y.
func reduce<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ReduceParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  for i in 0..<Int(p.count) { y[i] = 0 }
  let count = p.box.row
  let step = p.walk.step
  p.box.forEachRow { first, index in
    let start = p.walk.position(index)
    switch step {
    case 0: y[start] += sum(x, first, count)
    case 1: for i in 0..<count { y[start &+ i] += x[first &+ i] }
    default: for i in 0..<count { y[start &+ i &* step] += x[first &+ i] }
    }
  }
  guard p.scale != 1 else { return }
  let scale = S(p.scale)
  for i in 0..<Int(p.count) { y[i] *= scale }
}

/// Sum of a run in four interleaved parts: a fixed order that still fits vector registers.
@inline(__always)
func sum<S: KernelScalar>(_ x: Elements<S>, _ start: Int, _ count: Int) -> S {
  var a: S = 0
  var b: S = 0
  var c: S = 0
  var d: S = 0
  var i = 0
  while i &+ 4 <= count {
    let at = start &+ i
    a += x[at]
    b += x[at &+ 1]
    c += x[at &+ 2]
    d += x[at &+ 3]
    i &+= 4
  }
  while i < count {
    a += x[start &+ i]
    i &+= 1
  }
  return (a + b) + (c + d)
}
