/// Parameters of the kernels that combine two tensors of shapes that broadcast.
public struct BroadcastParameters: KernelParameters {
  /// The output.
  public var box: IndexSpace
  public var a: StridedAccess
  public var b: StridedAccess

  public init(box: IndexSpace, a: StridedAccess, b: StridedAccess) {
    self.box = box
    self.a = a
    self.b = b
  }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: box.count.value
    case 1: a.extent(over: box)
    case 2: b.extent(over: box)
    default: nil
    }
  }
}

/// y = a ∘ b; y may be an operand of its size.
@inline(__always)
private func broadcast<S: KernelScalar>(_ call: Call, _: S.Type, _ combine: (S, S) -> S) {
  let p = call.parameters(BroadcastParameters.self)
  let y = call.elements(0, S.self)
  let a = call.elements(1, S.self)
  let b = call.elements(2, S.self)
  let count = p.box.row
  p.box.forEachRow { first, index in
    let startA = p.a.position(index)
    let startB = p.b.position(index)
    switch (p.a.step, p.b.step) {
    case (1, 1): y.from(first).map(count, a.from(startA), b.from(startB), combine)
    case (1, 0):
      let value = b[startB]
      y.from(first).map(count, a.from(startA)) { combine($0, value) }
    case (0, 1):
      let value = a[startA]
      y.from(first).map(count, b.from(startB)) { combine(value, $0) }
    case (let stepA, let stepB):
      for i in 0..<count { y[first &+ i] = combine(a[startA &+ i &* stepA], b[startB &+ i &* stepB]) }
    }
  }
}

/// y = a + b.
func add<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { broadcast(call, scalar) { $0 + $1 } }

/// y = a − b.
func subtract<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { broadcast(call, scalar) { $0 - $1 } }

/// y = a · b.
func multiply<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { broadcast(call, scalar) { $0 * $1 } }

/// y = a / b.
func divide<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { broadcast(call, scalar) { $0 / $1 } }
