import Foundation

/// Runs trials on a Ray cluster, whose nodes have this program, the model and the data under the same paths.
public struct RayTrials: Sendable {
  /// What `ray.init` takes: an address, or `local` for a cluster on this computer alone.
  public let address: String
  public let python: String
  private let processes: TrialProcesses

  public init(address: String, python: String, _ processes: TrialProcesses) {
    self.address = address
    self.python = python
    self.processes = processes
  }

  /// Reads one JSON object from standard input, prints a line of JSON for each trial that has ended.
  static let script = """
    import json, subprocess, sys
    try:
        import ray
    except ImportError:
        sys.exit("the Python package ray is missing")
    request = json.load(sys.stdin)
    if request["address"] == "local":
        ray.init(num_cpus=request["jobs"], include_dashboard=False, log_to_driver=False, logging_level="error")
    else:
        ray.init(address=request["address"], log_to_driver=False, logging_level="error")
    @ray.remote(num_cpus=1, max_retries=2)
    def trial(index, command, policy):
        import os, tempfile
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(policy)
            file.flush()
            words = [file.name if word == "{policy}" else word for word in command]
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return {"index": index, "status": done.returncode, "output": done.stdout, "errors": done.stderr}
    open_trials = [trial.remote(index, **job) for index, job in enumerate(request["trials"])]
    while open_trials:
        done, open_trials = ray.wait(open_trials)
        for result in ray.get(done):
            print(json.dumps(result), flush=True)
    """
}

/// A cluster that does not run trials.
public struct RayError: Error, Hashable, Sendable {
  public let address: String
  public let reason: String
}

extension RayTrials: TrialRunner {
  private struct Request: Encodable {
    let address: String
    let jobs: Int
    let trials: [Job]
  }

  /// The word `{policy}` of the command stands for a file of this policy.
  private struct Job: Encodable {
    let command: [String]
    let policy: String
  }

  private struct Ended: Decodable {
    let index: Int
    let status: Int32
    let output: String
    let errors: String
  }

  public func run(_ trials: [Trial], _ finished: @escaping @Sendable (Int, TrialResult) throws -> Bool) throws {
    let jobs = trials.map { trial in
      Job(
        command: processes.command(trial, policy: "{policy}"),
        policy: String(decoding: trial.policy.json(), as: UTF8.self))
    }
    let request = try JSONEncoder().encode(Request(address: address, jobs: processes.jobs, trials: jobs))
    let process = try PipedProcess(
      "/usr/bin/env", [python, "-c", RayTrials.script], input: String(decoding: request, as: UTF8.self))
    defer { process.end() }
    var done = 0
    while let line = process.nextLine() {
      // Ray's own messages may stand between the results.
      guard let ended = try? JSONDecoder().decode(Ended.self, from: line) else { continue }
      let result = try TrialResult(
        status: ended.status, output: Data(ended.output.utf8), errors: Data(ended.errors.utf8))
      done += 1
      if try !finished(ended.index, result) { return }
    }
    let (status, messages) = process.ending()
    guard status == 0, done == trials.count else {
      throw RayError(address: address, reason: messages.last ?? "it gave no answer")
    }
  }
}
