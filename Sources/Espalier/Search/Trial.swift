import Driver
import Foundation
import Select

public typealias UpdatePolicy = Select.UpdatePolicy

/// A short training run of one policy, to see what it is worth.
public struct Trial: Hashable, Sendable {
  public var policy: UpdatePolicy
  /// Updates.
  public var steps: Int
  /// Decides the new head, the order of the samples, and roundings.
  public var seed: UInt64

  public init(_ policy: UpdatePolicy, steps: Int, seed: UInt64) {
    self.policy = policy
    self.steps = steps
    self.seed = seed
  }
}

/// What a trial came to.
public struct TrialResult: Codable, Hashable, Sendable {
  /// Share of right answers; nil where the loss compares numbers.
  public var accuracy: Double?
  /// The same for losses that compare numbers.
  public var meanSquaredError: Double?
  /// Loss of the last update; nil where training diverged.
  public var loss: Float?

  /// What is to be as large as possible.
  public var quality: Double { accuracy ?? meanSquaredError.map { -$0 } ?? 0 }
}

extension Trial {
  /// Compiles the policy under no cap, trains and judges.
  ///
  /// A run that diverges is judged as it stands.
  /// - Parameter judge: samples kept apart; nil is the part of `data` that is.
  /// - Throws: as `compile`, and `EspalierError`.
  public func run(_ model: Model, on data: Samples, judge: Samples? = nil, _ options: CompileOptions) throws
    -> TrialResult
  {
    var options = options
    options.steps = steps
    options.seed = seed
    options.warmup = min(options.warmup, steps / 4)
    let source = PolicySource.document(policy.json(), path: "trial")
    let trainer = try Trainer(Plan.compile(model, cap: .none, policy: source, options: options))
    var training = TrainingOptions()
    training.extent = .steps(steps)
    training.seed = seed
    var result = TrialResult()
    result.loss = try trainer.lastLoss(try trainer.run(on: data, training))
    do throws(EspalierError) {
      let evaluation = try trainer.evaluate(judge ?? data)
      result.accuracy = evaluation.accuracy
      result.meanSquaredError = evaluation.meanSquaredError
    } catch {
      // Weights whose results are no numbers are worse than any others.
      guard case .data(_, .results) = error else { throw error }
      if trainer.plan.classes > 0 { result.accuracy = 0 } else { result.meanSquaredError = .greatestFiniteMagnitude }
    }
    return result
  }
}

extension Trainer {
  /// Runs to the end; the loss of the last update, or nil where training diverged.
  fileprivate func lastLoss(_ run: consuming TrainingRun) throws(EspalierError) -> Float? {
    var run = run
    var loss: Float?
    do throws(EspalierError) {
      while let report = try run.next() { loss = report.loss }
    } catch {
      guard case .diverged = error else { throw error }
      return nil
    }
    return loss
  }
}
