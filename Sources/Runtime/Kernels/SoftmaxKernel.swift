/// Parameters of kernels along one axis: outer x count x inner elements.
public struct AxisParameters: KernelParameters {
  public var outer: Int32
  public var count: Int32
  public var inner: Int32
  /// Tensors the kernel takes, the output included.
  public var tensors: Int32

  public init(outer: Int, count: Int, inner: Int, tensors: Int) {
    self.outer = Int32(outer)
    self.count = Int32(count)
    self.inner = Int32(inner)
    self.tensors = Int32(tensors)
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? {
    index < tensors ? (Extent() * outer * count * inner).value : nil
  }

  public func isValid(for opcode: OpCode) -> Bool {
    tensors == (opcode == .softmaxGrad || opcode == .logSoftmaxGrad ? 3 : 2)
  }

  /// Visits every run along the axis: first element.
  @inline(__always)
  func forEachRun(_ body: (_ first: Int) -> Void) {
    for o in 0..<Int(outer) {
      for i in 0..<Int(inner) { body(o &* Int(count) &* Int(inner) &+ i) }
    }
  }
}

/// Largest of `count` elements that lie `step` apart.
@inline(__always)
func maximum<S: KernelScalar>(_ x: Elements<S>, _ first: Int, _ count: Int, step: Int = 1) -> S {
  var largest = x[first]
  for i in 1..<max(1, count) where x[first &+ i &* step] > largest { largest = x[first &+ i &* step] }
  return largest
}

/// y = eˣ / Σ eˣ along the axis; y may be x.
func softmax<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AxisParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let count = Int(p.count)
  let step = Int(p.inner)
  p.forEachRun { first in
    let largest = maximum(x, first, count, step: step)
    var total: S = 0
    for i in 0..<count {
      let e = S.exp(x[first &+ i &* step] - largest)
      y[first &+ i &* step] = e
      total += e
    }
    for i in 0..<count { y[first &+ i &* step] /= total }
  }
}

/// dx = y · (dy − Σ dy·y) along the axis; dx may be dy.
func softmaxGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AxisParameters.self)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let y = call.elements(2, S.self)
  let count = Int(p.count)
  let step = Int(p.inner)
  p.forEachRun { first in
    var total: S = 0
    for i in 0..<count { total += dy[first &+ i &* step] * y[first &+ i &* step] }
    for i in 0..<count { dx[first &+ i &* step] = y[first &+ i &* step] * (dy[first &+ i &* step] - total) }
  }
}

/// y = x − log Σ eˣ along the axis; y may be x.
func logSoftmax<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AxisParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let count = Int(p.count)
  let step = Int(p.inner)
  p.forEachRun { first in
    let largest = maximum(x, first, count, step: step)
    var total: S = 0
    for i in 0..<count { total += S.exp(x[first &+ i &* step] - largest) }
    let logTotal = S.log(total)
    for i in 0..<count { y[first &+ i &* step] = x[first &+ i &* step] - largest - logTotal }
  }
}

/// dx = dy − eʸ · Σ dy along the axis; dx may be dy.
func logSoftmaxGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AxisParameters.self)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let y = call.elements(2, S.self)
  let count = Int(p.count)
  let step = Int(p.inner)
  p.forEachRun { first in
    var total: S = 0
    for i in 0..<count { total += dy[first &+ i &* step] }
    for i in 0..<count { dx[first &+ i &* step] = dy[first &+ i &* step] - S.exp(y[first &+ i &* step]) * total }
  }
}
