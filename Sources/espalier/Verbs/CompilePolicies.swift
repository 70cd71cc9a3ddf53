import Driver
import Foundation
import Report
import Select

extension CompileArguments {
  /// The schedule of several plans, where one is asked for.
  func planSchedule() throws -> PlanRotation? {
    guard let plans else { return nil }
    guard policy == nil else {
      throw Failure(
        .usage, "--policy and --plans contradict each other: each plan names its own policy", advice: "give one of them"
      )
    }
    guard !PlanRotation.isPreset(plans), isFile(plans) else { return try PlanRotation(preset: plans) }
    let folder = PathParts(plans).folder
    return try PlanRotation(json: readFile(plans), name: plans) { policy in
      // Paths in a file begin where the file is.
      let beside = folder == "." || policy.hasPrefix("/") ? policy : folder + "/" + policy
      let isNamed = UpdatePolicy.isPreset(policy)
      return try policySource(
        !isNamed && (isFile(policy) || FileManager.default.fileExists(atPath: beside)) ? beside : policy)
    }
  }

  /// A file where there is one of that name, else a preset.
  func policySource(_ policy: String) throws -> PolicySource {
    // A name of a preset is that preset, whatever else bears it in the working folder.
    guard !UpdatePolicy.isPreset(policy), isFile(policy) else { return .preset(policy) }
    if let mark = policy.lastIndex(of: "#"), !FileManager.default.fileExists(atPath: policy) {
      return try front(String(policy[..<mark]), policy[policy.index(after: mark)...], of: policy)
    }
    let bytes = try readFile(policy)
    if let front = try? JSONDecoder().decode(SearchFront.self, from: Foundation.Data(bytes)), !front.points.isEmpty {
      throw Failure(
        .usage,
        "\(policy) is the result of a search, which has \(counted(front.points.count, "policy", plural: "policies"))",
        advice: "give one of them: --policy \(policy)#1"
          + (front.points.count > 1 ? ", up to #\(front.points.count)" : ""))
    }
    return .document(bytes, path: policy)
  }

  /// Whether a word names a file; presets have neither folders nor extensions.
  private func isFile(_ word: String) -> Bool {
    word.contains("/") || word.contains(".") || FileManager.default.fileExists(atPath: word)
  }

  /// `front.json#3`: the policy of a point that `espalier search` found.
  private func front(_ path: String, _ number: Substring, of policy: String) throws -> PolicySource {
    let bytes = try readFile(path)
    guard let front = try? JSONDecoder().decode(SearchFront.self, from: Foundation.Data(bytes)) else {
      // What is there may be something else that is needed: it is no place for a result.
      let kind = ForeignFile(path: path).map { ": it is \($0.kind)" } ?? ""
      throw Failure(
        .malformed, "\(path) is no result of a search\(kind)",
        advice: "make one: espalier search MODEL --data DATA -o front.json")
    }
    if let key = repeatedKey(in: bytes) {
      throw Failure(
        .malformed, "\(path): \(repetition(of: key))",
        advice: "make it anew: espalier search MODEL --data DATA -o front.json")
    }
    guard let point = front.points.first(where: { "\($0.number)" == number }) else {
      throw Failure(
        .usage, "\(path) has no point \(number)", advice: "give one from #1 to #\(front.points.count)")
    }
    return .document(point.policy.json(), path: policy)
  }
}
