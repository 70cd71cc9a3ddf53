import Foundation
import Runtime

extension Delta {
  /// What a trainer's tensors differ by from its plan.
  ///
  /// - Throws: `EspalierError.run`, `DeltaError.inexact`.
  public init(of trainer: Trainer) throws {
    let plan = trainer.plan
    let present = try trainer.values()
    base = plan.digest
    steps = trainer.step
    codec = .raw
    regions = []
    let start = try Trainer(plan).values()
    for variable in plan.trainedVariables {
      guard let type = ValueType(rawValue: UInt32(variable.type.rawValue)) else { continue }
      guard let from = start[variable.index], let to = present[variable.index] else { continue }
      let differences = zip(to, from).map { $0 - $1 }
      if type == .f32 {
        for (place, difference) in differences.enumerated() {
          guard Float(from[place] + difference) == Float(to[place]), Float(to[place] - difference) == Float(from[place])
          else { throw DeltaError.inexact(name: variable.name) }
        }
      }
      regions.append(Region(name: variable.name, type: type, differences: differences))
    }
  }

  /// The plan with these differences added to its weights; integers stay in their range.
  ///
  /// - Throws: `DeltaError.wrongBase`, `regionsDiffer`, `tooLarge`, `EspalierError.run`.
  public func applied(to plan: Plan) throws -> Plan {
    guard plan.digest == base else { throw DeltaError.wrongBase(delta: base, found: plan.digest) }
    return try changed(plan, by: 1)
  }

  /// The plan that these differences were added to, bit for bit.
  ///
  /// - Throws: `DeltaError.regionsDiffer`, `irreversible` where some values were cut off or rounded when they were added,
  ///   `EspalierError.run`.
  public func reverted(_ plan: Plan) throws -> Plan {
    let result = try changed(plan, by: -1)
    guard result.digest == base else { throw DeltaError.irreversible }
    return result
  }

  /// The same differences for another plan with the same trained tensors, such as one of a newer model.
  ///
  /// - Throws: `DeltaError.regionsDiffer`.
  public func rebased(on plan: Plan) throws(DeltaError) -> Delta {
    try checkRegions(plan.emptyRegions)
    var result = self
    result.base = plan.digest
    return result
  }

  private func changed(_ plan: Plan, by sign: Double) throws -> Plan {
    try checkRegions(plan.emptyRegions)
    let start = try Trainer(plan).values()
    var values: [Int: [UInt8]] = [:]
    for (variable, region) in zip(plan.deltaVariables, regions) {
      let from = start[variable.index] ?? []
      let sums = zip(from, region.differences).map { $0 + sign * $1 }
      // What was as large before may stay so, and be taken away again.
      let isComputable = zip(sums, from).allSatisfy { abs($0) <= max(region.type.largestSum, abs($1)) }
      guard region.type != .f32 || isComputable else {
        throw DeltaError.tooLarge(name: region.name)
      }
      values[variable.index] = region.type.stored(sums, from)
    }
    return try plan.replacingInitialValues(values, path: plan.path)
  }
}

extension Plan {
  /// Digest of the plan, without what may stand behind it.
  public var digest: Digest { image.digest }

  fileprivate var deltaVariables: [Variable] {
    trainedVariables.filter { Delta.ValueType(rawValue: UInt32($0.type.rawValue)) != nil }
  }

  fileprivate var emptyRegions: [Delta.Region] {
    deltaVariables.compactMap { variable in
      Delta.ValueType(rawValue: UInt32(variable.type.rawValue)).map {
        Delta.Region(name: variable.name, type: $0, differences: [Double](repeating: 0, count: variable.count))
      }
    }
  }
}

extension Trainer {
  /// Present values of the trained tensors, by index of the variable.
  func values() throws(EspalierError) -> [Int: [Double]] {
    let variables = plan.trainedVariables
    return try withState { state in
      var result: [Int: [Double]] = [:]
      for variable in variables {
        if let floats = state.session.variable(variable.index) {
          result[variable.index] = (0..<floats.count).map { Double(floats[$0]) }
        } else if let integers = state.session.integers(variable.index) {
          result[variable.index] = integers.array.map { Double($0) }
        }
      }
      return result
    }
  }

  /// The plan that starts from this trainer's tensors.
  ///
  /// - Throws: `EspalierError.run`.
  public func planFromHere() throws(EspalierError) -> Plan {
    let present = try values()
    var stored: [Int: [UInt8]] = [:]
    for variable in plan.trainedVariables {
      guard let type = Delta.ValueType(rawValue: UInt32(variable.type.rawValue)), let now = present[variable.index]
      else { continue }
      stored[variable.index] = type.stored(now, now)
    }
    return try plan.replacingInitialValues(stored, path: plan.path)
  }
}

extension Delta.ValueType {
  /// Bytes of values in a plan. Weights keep to -127...127, as training does, unless they did not before.
  fileprivate func stored(_ values: [Double], _ before: [Double]) -> [UInt8] {
    func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }
    return switch self {
    case .f32: bytes(values.map { Float($0) })
    case .i32: bytes(values.map { Int32(max(-0x1p31, min(0x1p31 - 1, $0.rounded()))) })
    case .i8: bytes(zip(values, before).map { Int8(max(min(-127, $1), min(127, $0.rounded()))) })
    }
  }
}
