import IR
import Runtime

/// Random sums of the rows of a value in floats: R x with signs for R, whose Rᵀ R has the mean 1.
///
/// All axes but the last count rows. The result is [1, projected, 1, columns].
public struct ProjectedRows: KernelOperator {
  public static let name = "projected_rows"
  public static let opcode = OpCode.projectedRows
  public static var samples: [Sample] {
    [Sample(ProjectedRows(projected: 3, tensor: 5), TensorType(2, 3, 2, 4))]
  }

  public let projected: Int
  public let seed: Int
  /// Keys the random signs: the same for values whose rows belong together.
  public let tensor: Int
  /// Made of a forward value for backward, and not of a gradient.
  public let isSaved: Bool

  public init(projected: Int, seed: Int = 0, tensor: Int, isSaved: Bool = true) {
    self.projected = projected
    self.seed = seed
    self.tensor = tensor
    self.isSaved = isSaved
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      projected: attributes.int("projected"), seed: attributes.int("seed"), tensor: attributes.int("tensor"),
      isSaved: attributes.bool("saved"))
  }

  public var attributes: Attributes {
    ["projected": .int(projected), "seed": .int(seed), "tensor": .int(tensor), "saved": .int(isSaved ? 1 : 0)]
  }

  public var timing: Timing { isSaved ? .encodesForBackward : .free }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    guard let columns = x.shape.last, columns > 0, 1...max(1, x.count / columns) ~= projected else {
      throw ShapeError(Self.name, "has no \(projected) sums of rows of \(x)")
    }
    return x.with(shape: [1, projected, 1, columns])
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int { inputs[0].count * projected }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let columns = inputs[0].shape[inputs[0].rank - 1]
    return words(
      ProjectedRowsParameters(
        rows: inputs[0].count / columns, projected: projected, columns: columns,
        seed: UInt32(truncatingIfNeeded: seed), tensor: UInt32(truncatingIfNeeded: tensor)))
  }
}
