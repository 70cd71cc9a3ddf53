import Foundation
import Support
import Testing

/// Scripts and models that the test command prepares; tests that need them are skipped where it has not run.
struct Oracle {
  let cache: String
  let python: Command
  /// Folder of the scripts.
  let scripts: String

  static let prepared: Oracle? = {
    let environment = ProcessInfo.processInfo.environment
    guard let cache = environment["ESPALIER_ORACLE"], let python = Command.python else { return nil }
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Oracle(cache: cache, python: python, scripts: tests.appendingPathComponent("Oracle").path)
  }()

  static let isPrepared = prepared != nil

  func model(_ net: String) -> String { "\(cache)/models/\(net).onnx" }

  /// Runs a script and expects it to agree; what it printed is the message where it does not.
  @discardableResult
  func expect(_ script: String, _ arguments: [String], _ comment: String) throws -> String {
    let result = try python.run(["\(scripts)/\(script)"] + arguments)
    #expect(result.status == 0, "\(comment)\n\(result.output)\(result.errors)")
    return result.output
  }
}

/// Runs the command line and expects it to succeed.
@discardableResult
func espalier(_ arguments: String...) throws -> String {
  let result = try Command.espalier.run(arguments)
  try #require(result.status == 0, "espalier \(arguments.joined(separator: " "))\n\(result.errors)")
  return result.output
}

/// A network, a policy and a batch.
struct Case: CustomTestStringConvertible, Sendable {
  let net: String
  let policy: String
  let batch: Int

  /// Seed of the samples that gradients are compared on.
  var seed: String { net == "mobilenetv2" ? "1" : "0" }

  var testDescription: String { "\(net) \(policy) batch \(batch)" }

  static let all = ["mobilenetv2", "efficientnet-lite0"].flatMap { net in
    ["full", "bias", "last-6", "head", "scale"].flatMap { policy in
      [1, 4].map { Case(net: net, policy: policy, batch: $0) }
    }
  }
}

extension String {
  /// The last line of a script's answer.
  var lastLine: String {
    let lines: [Substring] = split(separator: "\n")
    return lines.last.map(String.init) ?? ""
  }
}
