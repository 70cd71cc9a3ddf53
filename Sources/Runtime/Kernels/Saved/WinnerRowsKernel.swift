/// Operands of `winnerRows`: kept bytes, x, scratch; of `keptRows`: rows of x, kept bytes; of `weightedRows`: rows of dy, dy,
/// kept bytes. x is f32 or i8; dy f32, q8 or q16, of which integers come out as q16.
///
/// Kept are the rows that were taken, then two floats that say how likely a row was taken, then a bit for each row of x.
public struct WinnerRowsParameters: KernelParameters {
  public enum Part: Int32, Sendable { case choose, restore, weigh }

  /// Raw value of `Part`.
  public var part: Int32
  public var rows: Int32
  /// Rows that are taken.
  public var taken: Int32
  /// Elements of a row of x, raw value of their `ElementType`, and their zero point.
  public var columns: Int32
  public var element: Int32
  public var zero: Int32
  /// Elements of a row of dy, and raw value of their `ElementType`.
  public var gradientColumns: Int32
  public var gradientElement: Int32
  /// Keys of the random number that says where to begin.
  public var seed: UInt32
  public var tensor: UInt32

  /// - Parameter gradient: rows of dy, where they are weighed.
  public init(
    _ part: Part, rows: Int, taken: Int, columns: Int, element: ElementType, zero: Int,
    gradient: (columns: Int, element: ElementType)? = nil, seed: UInt32 = 0, tensor: UInt32 = 0
  ) {
    self.part = part.rawValue
    self.rows = Int32(rows)
    self.taken = Int32(taken)
    self.columns = Int32(columns)
    self.element = Int32(element.rawValue)
    self.zero = Int32(zero)
    gradientColumns = Int32(gradient?.columns ?? 1)
    gradientElement = Int32((gradient?.element ?? .f32).rawValue)
    self.seed = seed
    self.tensor = tensor
  }

  /// Bytes that stand for rows of `width` bytes.
  public static func keptBytes(rows: Int, taken: Int, width: Int) -> Int {
    (taken * width + 3) / 4 * 4 + 8 + (rows + 7) / 8
  }

  /// Whether x is i8.
  var isInteger: Bool { element == Int32(ElementType.i8.rawValue) }
  var gradientType: ElementType { ElementType(rawValue: UInt8(truncatingIfNeeded: gradientElement)) ?? .f32 }
  /// Bytes of the rows of x that are taken.
  var takenBytes: Int { Int(taken) &* Int(columns) &* (isInteger ? 1 : 4) }

  public func isValid(for opcode: OpCode) -> Bool {
    switch Part(rawValue: part) {
    case .choose: opcode == .winnerRows
    case .restore: opcode == .keptRows
    case .weigh: opcode == .weightedRows
    case nil: false
    }
  }

  public var operandCount: Int { part == Part.restore.rawValue ? 2 : 3 }

  public func extent(of index: Int) -> Int? {
    guard let part = Part(rawValue: part), 0 < taken, taken <= rows, rows < 1 << 24, columns > 0, gradientColumns > 0,
      isInteger || element == Int32(ElementType.f32.rawValue), -128 <= zero, zero <= 127,
      let gradient = ElementType(rawValue: UInt8(clamping: gradientElement)),
      gradient == .f32 || gradient == .q8 || gradient == .q16,
      let all = (Extent() * rows * columns * 4).value, all < 1 << 30
    else { return nil }
    return switch (part, index) {
    case (.choose, 0), (.restore, 1), (.weigh, 2):
      Self.keptBytes(rows: Int(rows), taken: Int(taken), width: Int(columns) * (isInteger ? 1 : 4))
    case (.choose, 1): all / 4
    case (.choose, 2): Int(rows) * 4
    case (.restore, 0): Int(taken) * Int(columns)
    case (.weigh, 0): (Extent() * taken * gradientColumns).value
    case (.weigh, 1): (Extent() * rows * gradientColumns).value
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType {
    switch (Part(rawValue: part), index) {
    case (.choose, 0), (.choose, 2), (.restore, 1), (.weigh, 2): .element(.u8)
    case (.weigh, 0): .element(gradientType == .f32 ? .f32 : .q16)
    case (.weigh, 1): .element(gradientType)
    default: .element(isInteger ? .i8 : .f32)
    }
  }
}

/// Rows of x, the more likely the larger they are: those that are larger than `limit` for sure, others in proportion to their
/// norm and half the mean of all norms (column-row sampling: Drineas et al., Fast Monte Carlo Algorithms for Matrices; its
/// winners: Liu et al., Winner-Take-All Column Row Sampling for Memory Efficient Adaptation of Language Model).
///
/// A sum over the rows that are taken, each divided by how likely it was taken, has the mean of the sum over all. The share
/// of the mean bounds what a row is multiplied with where its gradient is large and itself small.
func winnerRows(_ call: Call, _ context: StepContext) {
  let p = call.parameters(WinnerRowsParameters.self)
  let (rows, taken, width) = (Int(p.rows), Int(p.taken), p.takenBytes / Int(p.taken))
  let sizes = call.scratch(2, Float.self).first(rows)
  let tail = KeptTail(call, 0, p)
  let norms = RowNorms(p, integers: call.elements(1), floats: call.elements(1))
  var sum: Float = 0
  for row in 0..<rows {
    sizes[row] = norms[row]
    sum += sizes[row]
  }
  let share = sum > 0 ? sum / Float(rows) / 2 : 1
  for row in 0..<rows { sizes[row] += share }
  let limit = winnerLimit(sizes, taken)
  (tail.odds[0], tail.odds[1]) = (limit, share)
  tail.marks.fill(0)
  let (kept, x) = unsafe (call.elements(0, UInt8.self), call.elements(1, UInt8.self).pointer)
  // A sum that begins at random exceeds the limit as often as rows are to be taken.
  let random = CounterGenerator(seed: p.seed, step: context.step, tensor: p.tensor)[0]
  var reached = Float(random &>> 8) * 0x1p-24 * limit
  var next = 0
  for row in 0..<rows where next < taken {
    if sizes[row] < limit {
      reached += sizes[row]
      if reached < limit { continue }
      reached -= limit
    }
    tail.marks[row &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: row & 7)
    unsafe kept.from(next &* width).pointer.update(from: x + row &* width, count: width)
    next &+= 1
  }
  kept.from(next &* width).first(tail.start &- next &* width).fill(0)
}

/// The size from which on rows are taken for sure, so that as many as wanted are taken in the mean.
private func winnerLimit(_ sizes: Elements<Float>, _ taken: Int) -> Float {
  var limit = Float.infinity
  var winners = -1
  while true {
    var (above, rest) = (0, Float(0))
    for row in 0..<sizes.count { if sizes[row] < limit { rest += sizes[row] } else { above &+= 1 } }
    guard above > winners, above < taken else { return limit }
    winners = above
    limit = rest / Float(taken &- above)
  }
}

/// Norms of rows; 0 for those that are no numbers.
private struct RowNorms {
  private let p: WinnerRowsParameters
  private let integers: Elements<Int8>
  private let floats: Elements<Float>

  init(_ p: WinnerRowsParameters, integers: Elements<Int8>, floats: Elements<Float>) {
    self.p = p
    self.integers = integers
    self.floats = floats
  }

  subscript(row: Int) -> Float {
    let columns = Int(p.columns)
    var sum: Float = 0
    for index in row &* columns..<(row &+ 1) &* columns {
      let value = p.isInteger ? Float(Int32(integers[index]) &- p.zero) : floats[index]
      sum += value * value
    }
    return sum < 0x1p100 ? sum.squareRoot() : 0
  }
}

/// What stands behind the rows that are kept.
private struct KeptTail {
  /// Its first byte.
  let start: Int
  /// The size from which on rows are taken for sure, and what is added to norms.
  let odds: Elements<Float>
  /// A bit for each row of x.
  let marks: Elements<UInt8>

  init(_ call: Call, _ index: Int, _ p: WinnerRowsParameters) {
    start = (p.takenBytes &+ 3) / 4 &* 4
    odds = call.scratch(index, Float.self).from(start / 4).first(2)
    marks = call.elements(index, UInt8.self).from(start &+ 8)
  }

  /// What no row is multiplied with more than, whatever the bytes are.
  var largestWeight: Float { max(1, min(odds[0] / odds[1], 0x1p24)) }
}

/// The rows that `winnerRows` kept.
func keptRows(_ call: Call) {
  let p = call.parameters(WinnerRowsParameters.self)
  unsafe call.elements(0, UInt8.self).pointer.update(from: call.elements(1, UInt8.self).pointer, count: p.takenBytes)
}

/// The rows of dy that belong to what `winnerRows` kept, each divided by how likely it was taken.
func weightedRows(_ call: Call) {
  let p = call.parameters(WinnerRowsParameters.self)
  switch p.gradientType {
  case .q8: weigh(call, p, call.elements(1, Int8.self), scale: call.gradientScale(1, .q8), room: 32767 / 127)
  case .q16: weigh(call, p, call.elements(1, Int16.self), scale: call.gradientScale(1, .q16), room: 1)
  default:
    let (y, dy) = (call.elements(0, Float.self), call.elements(1, Float.self))
    forTaken(call, p) { index, source, weight in y[index] = source < 0 ? 0 : dy[source] * weight }
  }
}

/// Integers times weights in 16 bits; `room` is what the largest of them may be multiplied with.
private func weigh<E: FixedWidthInteger & BitwiseCopyable>(
  _ call: Call, _ p: WinnerRowsParameters, _ dy: Elements<E>, scale: Float, room: Float
) {
  let y = call.elements(0, Int16.self)
  let largest = KeptTail(call, 2, p).largestWeight
  var unit: Float = 1
  while largest * unit * 2 <= room { unit *= 2 }
  while largest * unit > room { unit /= 2 }
  forTaken(call, p) { index, source, weight in
    y[index] = source < 0 ? 0 : Int16(clamping: UpdateRounding.nearest.round(Float(dy[source]) * weight * unit, 0))
  }
  call.setGradientScale(0, .q16, scale / unit)
}

/// Each element of the rows that are taken: `body(its index, that in dy, weight)`; -1 where there are fewer rows than room.
@inline(__always)
private func forTaken(_ call: Call, _ p: WinnerRowsParameters, _ body: (Int, Int, Float) -> Void) {
  let (taken, columns) = (Int(p.taken), Int(p.gradientColumns))
  let tail = KeptTail(call, 2, p)
  let norms = RowNorms(p, integers: call.elements(2), floats: call.scratch(2, Float.self))
  var next = 0
  for row in 0..<Int(p.rows) where next < taken && Bits(tail.marks)[row] {
    let weight = max(1, min(tail.odds[0] / (norms[next] + tail.odds[1]), tail.largestWeight))
    for column in 0..<columns { body(next &* columns &+ column, row &* columns &+ column, weight) }
    next &+= 1
  }
  for index in next &* columns..<taken &* columns { body(index, -1, 0) }
}
