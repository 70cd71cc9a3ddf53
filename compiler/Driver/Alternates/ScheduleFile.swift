import Foundation
import IR
import Runtime
import Select

/// A schedule of plans as it stands in a file.
struct ScheduleFile: Codable {
  struct Plan: Codable {
    var name: String
    var policy: Policy
  }

  /// A policy by name or path, or written out.
  enum Policy: Codable {
    case name(String)
    case written(UpdatePolicy)

    init(from decoder: any Decoder) throws {
      if let name = try? decoder.singleValueContainer().decode(String.self) {
        self = .name(name)
      } else {
        self = .written(try UpdatePolicy(from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .name(let name): try name.encode(to: encoder)
      case .written(let policy): try policy.encode(to: encoder)
      }
    }
  }

  /// Updates in a row that follow one plan.
  struct Turn: Codable {
    var plan: String
    var updates: Int?
  }

  /// A rotation that is drawn at random: the plan of every `updates` updates (Pan et al., LISA, 2024).
  struct Sample: Codable {
    var turns: Int
    var updates: Int?
    var seed: UInt64?
  }

  var schedule = 1
  var plans: [Plan]
  var turns: [Turn]?
  var sample: Sample?

  /// Longest rotation, in updates.
  static let longest = 1 << 20

  /// Checks what the types leave open.
  func check(_ json: Foundation.Data) throws(ScheduleFileError) {
    guard schedule == 1 else { throw .malformed("\"schedule\": \(schedule) is not a version this tool reads") }
    try refuseUnknownKeys(json)
    guard (1...Image.mostPlans).contains(plans.count) else {
      throw .malformed("plans must be 1 to \(Image.mostPlans), they are \(plans.count)")
    }
    var names: Set<String> = []
    for plan in plans {
      // Runners print names as they are.
      let isPlain = plan.name.utf8.allSatisfy { 0x21...0x7e ~= $0 && !"\"\\".utf8.contains($0) }
      guard isPlain, 1...64 ~= plan.name.utf8.count else {
        throw .malformed("the plan's name \"\(plan.name)\" is not 1 to 64 letters, digits and signs")
      }
      guard names.insert(plan.name).inserted else { throw .malformed("two plans are called \"\(plan.name)\"") }
    }
    guard turns == nil || sample == nil else { throw .malformed("turns and sample contradict each other; give one") }
  }

  private func refuseUnknownKeys(_ json: Foundation.Data) throws(ScheduleFileError) {
    let object: [String: Any]
    do { object = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:] } catch {
      throw .malformed("it is no JSON: \(error.localizedDescription)")
    }
    func check(_ object: [String: Any], _ known: [String], _ place: String) throws(ScheduleFileError) {
      if let key = unknownKey(in: object, besides: known) { throw .malformed("there is no key \"\(key)\"\(place)") }
    }
    try check(object, ["schedule", "plans", "turns", "sample"], "")
    for plan in object["plans"] as? [[String: Any]] ?? [] {
      try check(plan, ["name", "policy"], " in a plan")
      if let policy = plan["policy"] as? [String: Any] { try refuseUnknownKeys(in: policy, of: plan["name"]) }
    }
    for turn in object["turns"] as? [[String: Any]] ?? [] { try check(turn, ["plan", "updates"], " in a turn") }
    if let sample = object["sample"] as? [String: Any] {
      try check(sample, ["turns", "updates", "seed"], " in sample")
    }
  }

  private func refuseUnknownKeys(in policy: [String: Any], of plan: Any?) throws(ScheduleFileError) {
    do { _ = try UpdatePolicy(json: [UInt8](JSONSerialization.data(withJSONObject: policy))) } catch {
      guard case .malformed(let reason)? = error as? PolicyError else {
        throw .malformed("plan \(plan ?? "without a name"): \(error.localizedDescription)")
      }
      throw .malformed("plan \(plan ?? "without a name"): \(reason)")
    }
  }

  /// The plan of each update.
  var rotation: [Int] {
    get throws(ScheduleFileError) {
      var result: [Int] = []
      func take(_ plan: Int, _ updates: Int?) throws(ScheduleFileError) {
        let updates = updates ?? 1
        guard updates > 0, updates <= Self.longest - result.count else {
          throw .malformed("turns must have 1 to \(Self.longest) updates together")
        }
        result += Array(repeating: plan, count: updates)
      }
      let names = plans.map(\.name)
      for turn in turns ?? [] {
        guard let plan = names.firstIndex(of: turn.plan) else { throw .unknownPlan(turn.plan, known: names) }
        try take(plan, turn.updates)
      }
      if let sample {
        var generator = SeededGenerator(seed: sample.seed ?? 0)
        guard (1...Self.longest).contains(sample.turns) else {
          throw .malformed("sample must draw 1 to \(Self.longest) turns")
        }
        for _ in 0..<sample.turns { try take(Int.random(in: plans.indices, using: &generator), sample.updates) }
      }
      return result
    }
  }
}
