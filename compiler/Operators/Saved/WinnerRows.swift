import IR
import Runtime

/// Some rows of a value for backward: the largest for sure, others the more likely the larger they are.
///
/// All axes but the last count rows. The result are bytes that stand for them; see `WinnerRowsParameters`.
public struct WinnerRows: IntegerOperator {
  public static let name = "winner_rows"
  public static let opcode = OpCode.winnerRows
  public static var samples: [Sample] {
    [TensorType(2, 3, 5, 4), .activation([1, 4, 4, 3], scale: 0.1, zeroPoint: 2)].map {
      Sample(WinnerRows(taken: 7, tensor: 5), $0)
    }
  }

  public let taken: Int
  public let seed: Int
  /// Keys the random numbers.
  public let tensor: Int

  public init(taken: Int, seed: Int = 0, tensor: Int) {
    self.taken = taken
    self.seed = seed
    self.tensor = tensor
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(taken: attributes.int("taken"), seed: attributes.int("seed"), tensor: attributes.int("tensor"))
  }

  public var attributes: Attributes { ["taken": .int(taken), "seed": .int(seed), "tensor": .int(tensor)] }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard x.dtype == .f32 || x.activation != nil, let rows = x.rows, 1...rows ~= taken, rows < 1 << 24 else {
      throw ShapeError(Self.name, "has no \(taken) rows in \(x)")
    }
    return x.kept(taken)
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { 4 * inputs[0].rows! }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      inputs[0].parameters(
        .choose, taken: taken, seed: UInt32(truncatingIfNeeded: seed), tensor: UInt32(truncatingIfNeeded: tensor)))
  }
}

/// An operator that reads what `WinnerRows` kept.
public protocol KeptRowsReader: IntegerOperator {
  /// Type of the whole value.
  var type: TensorType { get }
  var taken: Int { get }
  init(_ type: TensorType, taken: Int)
}

extension KeptRowsReader {
  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(TensorType(value: attributes), taken: attributes.int("taken"))
  }

  public var attributes: Attributes { Attributes(type.valueEntries + [("taken", .int(taken))]) }
}

/// The rows that `WinnerRows` kept, `[1, taken, 1, columns]`. Operand: its bytes.
public struct KeptRows: KeptRowsReader {
  public static let name = "kept_rows"
  public static let opcode = OpCode.keptRows
  public static var samples: [Sample] {
    [TensorType(2, 3, 5, 4), .activation([1, 4, 4, 3], scale: 0.1, zeroPoint: 2)].map {
      Sample(KeptRows($0, taken: 7), $0.kept(7), range: 0...1)
    }
  }

  public let type: TensorType
  public let taken: Int

  public init(_ type: TensorType, taken: Int) {
    self.type = type
    self.taken = taken
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let bytes = try only(inputs)
    guard let rows = type.rows, 1...rows ~= taken, bytes == type.kept(taken) else {
      throw ShapeError(Self.name, "\(bytes) is not what is kept of \(type)")
    }
    return type.with(shape: [1, taken, 1, type.shape[type.rank - 1]])
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(type.parameters(.restore, taken: taken))
  }
}

/// The rows of a gradient that belong to those of a value that are kept, each divided by how likely it was kept; integers
/// come out in 16 bits.
///
/// Operands: dy, the bytes that `WinnerRows` kept. The result is `[1, taken, 1, columns]`.
public struct WeightedRows: KeptRowsReader {
  public static let name = "weighted_rows"
  public static let opcode = OpCode.weightedRows
  public static var samples: [Sample] {
    let x = TensorType(2, 3, 5, 4)
    return [TensorType(2, 3, 5, 2), TensorType([30, 3], .q8), TensorType([2, 3, 5, 1], .q16)].map {
      Sample(WeightedRows(x, taken: 7), $0, x.kept(7), range: 0...1)
    }
  }

  public let type: TensorType
  public let taken: Int

  public init(_ type: TensorType, taken: Int) {
    self.type = type
    self.taken = taken
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    let dy = inputs[0]
    try expectGradient(dy)
    guard let rows = type.rows, dy.rows == rows, 1...rows ~= taken, inputs[1] == type.kept(taken) else {
      throw ShapeError(Self.name, "\(dy) does not belong to \(inputs[1])")
    }
    return TensorType([1, taken, 1, dy.shape[dy.rank - 1]], dy.dtype == .f32 ? .f32 : .q16)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let dy = inputs[0]
    let element: ElementType = dy.dtype == .f32 ? .f32 : dy.dtype == .q8 ? .q8 : .q16
    return words(type.parameters(.weigh, taken: taken, gradient: (dy.shape[dy.rank - 1], element)))
  }
}

extension TensorType {
  /// All axes but the last; nil where there are none.
  fileprivate var rows: Int? {
    guard let count = TensorType.count(of: shape), count > 0, let columns = shape.last else { return nil }
    return count / columns
  }

  /// What stands for `taken` rows.
  fileprivate func kept(_ taken: Int) -> TensorType {
    let width = shape[rank - 1] * (dtype == .i8 ? 1 : 4)
    return TensorType([WinnerRowsParameters.keptBytes(rows: rows ?? 0, taken: taken, width: width)], .u8)
  }

  fileprivate func parameters(
    _ part: WinnerRowsParameters.Part, taken: Int, gradient: (columns: Int, element: ElementType)? = nil,
    seed: UInt32 = 0, tensor: UInt32 = 0
  ) -> WinnerRowsParameters {
    WinnerRowsParameters(
      part, rows: rows!, taken: taken, columns: shape[rank - 1], element: dtype == .i8 ? .i8 : .f32,
      zero: activation?.zeroPoint ?? 0, gradient: gradient, seed: seed, tensor: tensor)
  }
}
