import Runtime

/// What training changed, as differences to the plan that it started from.
///
/// Small enough to be sent around: BitDelta (1 bit, arXiv 2402.10193), ComPEFT (ternary, arXiv 2311.13171), and re-basing
/// on a newer model as PortLLM does (arXiv 2410.10870). `.delta` in FORMAT.md.
public struct Delta: Sendable {
  /// How differences are stored.
  public enum Codec: UInt32, CaseIterable, Sendable {
    /// Exactly.
    case raw = 0
    /// Integers of 8 bits.
    case int8 = 1
    /// The large ones as +1 or -1, the others as 0.
    case ternary = 2
    /// Their signs.
    case sign = 3
  }

  /// Type of a variable's values in the plan.
  public enum ValueType: UInt32, Sendable {
    case f32 = 0
    case i8 = 2
    case i32 = 5

    /// The largest difference that is stored: more than any two values differ by.
    var largest: Double {
      switch self {
      case .i8: 0x1p14
      case .i32: 0x1p32 - 1
      case .f32: 0x1p135
      }
    }

    /// The largest sum of differences, and the largest value that becomes of one: products of two larger floats are none.
    var largestSum: Double { self == .f32 ? 0x1p63 : largest }
  }

  /// The differences of one trained tensor: integers count in steps of its scale, floats as they are.
  public struct Region: Equatable, Sendable {
    public var name: String
    public var type: ValueType
    public var differences: [Double]
  }

  /// Digest of the plan that the differences are to.
  public var base: Digest
  /// Updates that led to them.
  public var steps: Int
  public var codec: Codec
  /// In the order of the plan's variables.
  public var regions: [Region]

  /// Bytes of differences, names and tables aside.
  public var payloadBytes: Int { regions.reduce(0) { $0 + codec.bytes($1.type, $1.differences.count) } }

  /// The same differences as another codec keeps them.
  ///
  /// - Returns: the delta, and the norm of what is lost relative to the norm of the differences; 0 where nothing is.
  public func encoded(_ codec: Codec) -> (delta: Delta, loss: Double) {
    var result = self
    result.codec = codec
    var (lost, all) = (0.0, 0.0)
    for index in regions.indices {
      let exact = regions[index].differences
      let kept = codec.kept(exact, regions[index].type)
      for (a, b) in zip(exact, kept) {
        lost += (a - b) * (a - b)
        all += a * a
      }
      result.regions[index].differences = kept
    }
    return (result, all > 0 ? (lost / all).squareRoot() : 0)
  }

  /// A weighted sum of deltas to the same plan, exactly.
  ///
  /// - Throws: `DeltaError.wrongBase`, `regionsDiffer`, `tooLarge` for sums that no weights differ by.
  public static func merged(_ deltas: [(delta: Delta, weight: Double)]) throws(DeltaError) -> Delta {
    var result = deltas[0].delta
    result.codec = .raw
    for index in result.regions.indices { result.regions[index].differences.scale(by: deltas[0].weight) }
    for (delta, weight) in deltas.dropFirst() {
      guard delta.base == result.base else { throw .wrongBase(delta: delta.base, found: result.base) }
      try result.checkRegions(delta.regions)
      for index in result.regions.indices {
        for (place, value) in delta.regions[index].differences.enumerated() {
          result.regions[index].differences[place] += weight * value
        }
      }
      result.steps = max(result.steps, delta.steps)
    }
    for region in result.regions where !region.differences.allSatisfy({ abs($0) <= region.type.largestSum }) {
      throw .tooLarge(name: region.name)
    }
    return result.encoded(.raw).delta
  }

  /// Index of the first delta that is not of the same plan, or of the same tensors, as the first of all.
  public static func firstOther(than deltas: [Delta]) -> Int? {
    deltas.indices.dropFirst().first { index in
      deltas[index].base != deltas[0].base || (try? deltas[0].checkRegions(deltas[index].regions)) == nil
    }
  }

  /// - Throws: `DeltaError.regionsDiffer` where the others are not of the same tensors.
  func checkRegions(_ others: [Region]) throws(DeltaError) {
    for index in 0..<max(regions.count, others.count) {
      guard index < regions.count, index < others.count else {
        throw .regionsDiffer(name: (index < regions.count ? regions : others)[index].name)
      }
      let (a, b) = (regions[index], others[index])
      guard a.name == b.name, a.type == b.type, a.differences.count == b.differences.count else {
        throw .regionsDiffer(name: a.name)
      }
    }
  }
}

extension [Double] {
  fileprivate mutating func scale(by factor: Double) { for index in indices { self[index] *= factor } }
}

/// Why a delta cannot be read, or not be put on a plan; facts only.
public enum DeltaError: Error, Equatable, Sendable {
  case notADelta
  case version(found: UInt32, supported: UInt32)
  case length(stated: UInt64, actual: UInt64)
  case digest
  /// Tables or values that contradict each other.
  case contents
  /// Digest of the plan that the delta belongs to, and of the one it was to be put on.
  case wrongBase(delta: Digest, found: Digest)
  /// A tensor that only one of the two has, or that has another type or size.
  case regionsDiffer(name: String)
  /// Differences that are more than any two values differ by, or lead to no finite numbers.
  case tooLarge(name: String)
  /// A float that changed so much that its difference does not give it back.
  case inexact(name: String)
  /// Taking the differences away does not give the plan back that they were put on.
  case irreversible
}
