import Foundation
import Runtime
import Select

/// Several update policies for one image, and which of them each update follows.
///
/// Layer cycling (HiFT), sampled layers (LISA), half fine-tuning, and a small step for the stream with a large one for
/// repair are schedules.
public struct PlanRotation: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var name: String
    public var policy: PolicySource

    public init(name: String, policy: PolicySource) {
      self.name = name
      self.policy = policy
    }
  }

  /// What it is called in reports.
  public var name: String
  public var plans: [Entry]
  /// The rotation: index of the plan that each update follows, cyclically; empty where the first plan is followed until
  /// another is chosen.
  public var rotation: [Int]

  public init(name: String, plans: [Entry], rotation: [Int]) {
    self.name = name
    self.plans = plans
    self.rotation = rotation
  }
}

extension PlanRotation {
  /// A schedule by name.
  ///
  /// - `cycle-<k>`: `part-1-of-<k>` to `part-<k>-of-<k>`, one update each (Liu et al., HiFT, 2024).
  /// - `halves-<k>`: `half:1` to `half:<k>`, one update each (Hui et al., Half Fine-Tuning, 2024).
  /// - Throws: `ScheduleFileError`.
  public init(preset: String) throws(ScheduleFileError) {
    guard let policies = PlanRotation.policies(of: preset) else { throw .unknownPreset(preset) }
    self.init(
      name: preset, plans: policies.map { Entry(name: $0, policy: .preset($0)) }, rotation: Array(policies.indices))
  }

  /// Whether a word is the name of a schedule.
  public static func isPreset(_ name: String) -> Bool { policies(of: name) != nil }

  private static func policies(of preset: String) -> [String]? {
    func number(_ prefix: String) -> Int? {
      guard preset.hasPrefix(prefix), let count = Int(preset.dropFirst(prefix.count)) else { return nil }
      return 2...Image.mostPlans ~= count ? count : nil
    }
    if let count = number("cycle-") { return (1...count).map { "part-\($0)-of-\(count)" } }
    return number("halves-").map { count in (1...count).map { "half:\($0)" } }
  }

  /// Reads the JSON form.
  ///
  /// - Parameters:
  ///   - name: of the file.
  ///   - policy: finds the policy of a name or path.
  /// - Throws: `ScheduleFileError`, and what `policy` throws.
  public init(json: [UInt8], name: String, policy: (String) throws -> PolicySource) throws {
    let file: ScheduleFile
    do {
      file = try JSONDecoder().decode(ScheduleFile.self, from: Foundation.Data(json))
      if let key = repeatedKey(in: json) { throw ScheduleFileError.malformed(repetition(of: key)) }
      try file.check(Foundation.Data(json))
    } catch let error as DecodingError {
      throw ScheduleFileError.malformed("\(name): \(describe(error, of: json))")
    } catch ScheduleFileError.malformed(let reason) {
      throw ScheduleFileError.malformed("\(name): \(reason)")
    }
    let rotation: [Int]
    do throws(ScheduleFileError) { rotation = try file.rotation } catch {
      guard case .malformed(let reason) = error else { throw error }
      throw ScheduleFileError.malformed("\(name): \(reason)")
    }
    self.init(
      name: name,
      plans: try file.plans.map { plan in
        let source: PolicySource =
          switch plan.policy {
          case .name(let name): try policy(name)
          case .written(let policy): .document(policy.json(), path: plan.name)
          }
        return Entry(name: plan.name, policy: source)
      }, rotation: rotation)
  }

  /// The JSON form, every policy written out.
  func json(_ policies: [UpdatePolicy]) -> [UInt8] {
    let file = ScheduleFile(
      plans: zip(plans, policies).map { .init(name: $0.name, policy: .written($1)) },
      turns: rotation.isEmpty ? nil : rotation.map { .init(plan: plans[$0].name) })
    return jsonText(file)
  }
}

/// Why a schedule of plans cannot be used; facts only.
public enum ScheduleFileError: Error, Hashable, Sendable {
  case unknownPreset(String)
  case malformed(String)
  /// The rotation names a plan that is not there.
  case unknownPlan(String, known: [String])
}
