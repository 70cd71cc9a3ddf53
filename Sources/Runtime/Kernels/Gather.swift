/// Parameters of `gather` and `scatter`: an index space that is dense in one tensor and strided in the other.
public struct GatherParameters: KernelParameters {
  public var box: IndexSpace
  public var walk: StridedAccess
  public var scale: Float

  public init(box: IndexSpace, walk: StridedAccess, scale: Float = 1) {
    self.box = box
    self.walk = walk
    self.scale = scale
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: box.count.value
    case 1: walk.extent(over: box)
    default: nil
    }
  }
}

/// Parameters of `scatter`: the index space is dense in the operand and strided in the output.
public struct ScatterParameters: KernelParameters {
  public var box: IndexSpace
  public var walk: StridedAccess
  /// Elements of the output.
  public var count: Int32

  public init(box: IndexSpace, walk: StridedAccess, count: Int) {
    self.box = box
    self.walk = walk
    self.count = Int32(count)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard let reach = walk.extent(over: box), let count = (Extent() * count).value, reach <= count else { return nil }
    return index == 0 ? count : index == 1 ? box.count.value : nil
  }
}

/// y[dense] = scale · x[strided]: transposes, slices and repeats.
func gather<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(GatherParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let scale = S(p.scale)
  let count = p.box.row
  let step = p.walk.step
  p.box.forEachRow { first, index in
    let start = p.walk.position(index)
    switch step {
    case 1: for i in 0..<count { y[first &+ i] = scale * x[start &+ i] }
    case 0:
      let value = scale * x[start]
      for i in 0..<count { y[first &+ i] = value }
    default: for i in 0..<count { y[first &+ i] = scale * x[start &+ i &* step] }
    }
  }
}

/// y = 0 but for y[strided] = x[dense]: the gradient of a slice.
func scatter<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ScatterParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  for i in 0..<Int(p.count) { y[i] = 0 }
  let step = p.walk.step
  p.box.forEachRow { first, index in
    let start = p.walk.position(index)
    for i in 0..<p.box.row { y[start &+ i &* step] = x[first &+ i] }
  }
}
