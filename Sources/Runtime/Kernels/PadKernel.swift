/// What lies outside a padded tensor.
public enum PadMode: Int32, Sendable {
  case constant = 0
  case reflect = 1
  case edge = 2
  case wrap = 3
}

/// Parameters of `pad`: output index `i` of an axis stands for operand index `i − before`; before may be negative.
public struct PadParameters: KernelParameters {
  public var input: IndexSpace
  public var output: IndexSpace
  public var before: InlineArray<6, Int32>
  /// Raw value of `PadMode`.
  public var mode: Int32
  public var value: Float

  public init(input: IndexSpace, output: IndexSpace, before: InlineArray<6, Int32>, mode: PadMode, value: Float) {
    self.input = input
    self.output = output
    self.before = before
    self.mode = mode.rawValue
    self.value = value
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    let limit: Int32 = 1 << 29  // keeps index arithmetic inside 32 bits
    guard PadMode(rawValue: mode) != nil else { return nil }
    for axis in 0..<6 where before[axis] < -limit || before[axis] > limit { return nil }
    for axis in 0..<6 where input.sizes[axis] > limit || output.sizes[axis] > limit { return nil }
    return index == 0 ? output.count.value : index == 1 ? input.count.value : nil
  }

  /// Operand index for an output index; −1 outside.
  @inline(__always)
  func source(_ index: Int, axis: Int) -> Int {
    let size = Int(input.sizes[axis])
    let i = index &- Int(before[axis])
    if i >= 0 && i < size { return i }
    switch PadMode(rawValue: mode) {
    case .reflect:
      guard size > 1 else { return 0 }
      let period = 2 &* (size &- 1)
      let place = (i % period &+ period) % period
      return place < size ? place : period &- place
    case .edge: return i < 0 ? 0 : size &- 1
    case .wrap: return (i % size &+ size) % size
    default: return -1
    }
  }

  /// Element of the operand where the row at `index` begins, or −1 if the whole row lies outside.
  @inline(__always)
  func row(_ index: InlineArray<6, Int32>) -> Int {
    var start = 0
    for axis in 0..<5 {
      let place = source(Int(index[axis]), axis: axis)
      if place < 0 { return -1 }
      start = (start &+ place) &* Int(input.sizes[axis &+ 1])
    }
    return start
  }
}

/// Parameters of `padGrad`: those of `pad`, with the operands exchanged.
public struct PadGradParameters: KernelParameters {
  public var pad: PadParameters

  public init(_ pad: PadParameters) { self.pad = pad }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { index < 2 ? pad.extent(of: 1 - index) : nil }
}

/// y = x with borders added or cut off.
func pad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(PadParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let value = S(p.value)
  let count = p.output.row
  let before = Int(p.before[5])
  let start = max(0, before)
  let inner = start..<max(start, min(count, before &+ p.input.row))
  p.output.forEachRow { first, index in
    let start = p.row(index)
    guard start >= 0 else {
      for i in 0..<count { y[first &+ i] = value }
      return
    }
    for i in inner { y[first &+ i] = x[start &+ i &- before] }
    var i = 0
    while i < count {
      if i == inner.lowerBound && !inner.isEmpty { i = inner.upperBound }
      guard i < count else { return }
      let place = p.source(i, axis: 5)
      y[first &+ i] = place < 0 ? value : x[start &+ place]
      i &+= 1
    }
  }
}

/// dx = for each element the sum of dy over the places it was copied to.
func padGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(PadGradParameters.self).pad
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  for i in 0..<(p.input.count.value ?? 0) { dx[i] = 0 }
  p.output.forEachRow { first, index in
    let start = p.row(index)
    guard start >= 0 else { return }
    for i in 0..<p.output.row {
      let place = p.source(i, axis: 5)
      if place >= 0 { dx[start &+ place] += dy[first &+ i] }
    }
  }
}
