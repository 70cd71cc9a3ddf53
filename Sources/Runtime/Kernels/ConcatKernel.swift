/// Parameters of `concat`: each operand gives a run of `widths` elements to each of `outer` rows.
public struct ConcatParameters: KernelParameters {
  public static let capacity = 64

  public var operands: Int32
  public var outer: Int32
  public var widths: InlineArray<64, Int32>

  public init(outer: Int, operands: Int, width: (Int) -> Int) {
    self.operands = Int32(operands)
    self.outer = Int32(outer)
    widths = InlineArray { $0 < operands ? Int32(width($0)) : 0 }
  }

  public var operandCount: Int { Int(operands) &+ 1 }

  public func extent(of index: Int) -> Int? {
    guard operands > 0, operands <= Self.capacity, index <= operands else { return nil }
    if index > 0 { return (Extent() * outer * widths[index - 1]).value }
    var sum = Extent() * outer * widths[0]
    for operand in 1..<max(1, Int(operands)) { sum = sum + Extent() * outer * widths[operand] }
    return sum.value
  }
}

/// Joins the operands row by row.
func concat<E: BitwiseCopyable>(_ call: Call, _ p: ConcatParameters, _: E.Type) {
  let y = call.elements(0, E.self)
  var stride = 0
  for operand in 0..<Int(p.operands) { stride &+= Int(p.widths[operand]) }
  var column = 0
  for operand in 0..<Int(p.operands) {
    let x = call.elements(operand &+ 1, E.self)
    let width = Int(p.widths[operand])
    for row in 0..<Int(p.outer) {
      let to = row &* stride &+ column
      let from = row &* width
      for i in 0..<width { y[to &+ i] = x[from &+ i] }
    }
    column &+= width
  }
}
