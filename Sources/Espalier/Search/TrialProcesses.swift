import Deploy
import Foundation
import Synchronization

/// Runs trials in processes of their own, several side by side.
public struct TrialProcesses: Sendable {
  public let executable: String
  /// The words of the search, to which those of a trial are added: before `--`, behind which there are no options.
  public let arguments: [String]
  public let jobs: Int

  public init(executable: String, arguments: [String], jobs: Int) {
    self.executable = executable
    self.arguments = arguments
    self.jobs = jobs
  }

  /// The command line of a trial whose policy stands in a file.
  func command(_ trial: Trial, policy path: String) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return [executable] + arguments[..<end]
      + ["--trial", path, "--seed", "\(trial.seed)", "--steps", "\(trial.steps)", "--json", "--as-part"]
      + arguments[end...]
  }
}

extension TrialProcesses: TrialRunner {
  public func run(_ trials: [Trial], _ finished: @escaping @Sendable (Int, TrialResult) throws -> Bool) throws {
    let folder = try TemporaryFolder()
    let open = Mutex(Array(trials.indices.reversed()))
    let failure = Mutex<(any Error)?>(nil)
    let group = DispatchGroup()
    for _ in 0..<min(jobs, trials.count) {
      DispatchQueue.global().async(group: group) {
        while failure.withLock({ $0 == nil }), let index = open.withLock({ $0.popLast() }) {
          do {
            let name = "\(index).json"
            try folder.write(name, String(decoding: trials[index].policy.json(), as: UTF8.self))
            let words = command(trials[index], policy: folder.file(name))
            if try !finished(index, try TrialProcesses.output(of: words)) { open.withLock { $0 = [] } }
          } catch { failure.withLock { $0 = $0 ?? error } }
        }
      }
    }
    group.wait()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private static func output(of words: [String]) throws -> TrialResult {
    let process = try PipedProcess(words[0], Array(words.dropFirst()))
    var output = Data()
    while let line = process.nextLine() { output += line }
    let (status, messages) = process.ending()
    return try TrialResult(status: status, output: output, errors: Data(messages.joined(separator: "\n").utf8))
  }
}

/// Something that runs trials, in any order.
public protocol TrialRunner: Sendable {
  /// - Parameter finished: is told what each came to; false starts no more.
  /// - Throws: `TrialError`.
  func run(_ trials: [Trial], _ finished: @escaping @Sendable (Int, TrialResult) throws -> Bool) throws
}

/// A trial that ended without a result.
public struct TrialError: Error, Hashable, Sendable {
  public let status: Int32
  /// What it printed.
  public let output: String
}

extension TrialResult {
  /// - Throws: `TrialError`.
  init(status: Int32, output: Data, errors: Data) throws(TrialError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard status == 0, let result = try? decoder.decode(TrialResult.self, from: output) else {
      throw TrialError(status: status, output: String(decoding: errors, as: UTF8.self))
    }
    self = result
  }
}
