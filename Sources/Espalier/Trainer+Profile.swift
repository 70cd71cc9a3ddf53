import CPlatform
import Measure
import Report
import Runtime

public typealias StepTimes = Measure.StepTimes
public typealias StepProfile = Measure.StepProfile

extension Trainer {
  /// Runs the training step several times and takes the CPU time of each row, the least of all runs; files stay as they
  /// are.
  ///
  /// Each step is run twice on batches that follow each other: with the clock read between rows, and as a whole. The plan
  /// is that of the next update: see `follow`. Weights of this trainer move as in training.
  ///
  /// - Parameters:
  ///   - steps: 1 or more.
  ///   - samples: nil for noise.
  ///   - clock: nanoseconds of CPU time.
  ///   - goesOn: is told how many steps are done, and says whether to go on; the result is nil where it did not.
  /// - Throws: `EspalierError.data`.
  public func stepTimes(
    steps: Int, _ samples: Samples? = nil, clock: () -> UInt64 = { cp_thread_nanoseconds() },
    goesOn: (Int) -> Bool = { _ in true }
  ) throws(EspalierError) -> StepTimes? {
    var cursor = try samples.map { samples throws(EspalierError) in try samples.cursor(.all, for: plan, DataOrder()) }
    return try withState { state throws(EspalierError) in
      var rows = [UInt64](repeating: .max, count: plan.image.train(state.session.plan).rows)
      var step = UInt64.max
      for run in 0...max(steps, 1) {
        guard goesOn(run) else { return nil }
        try state.fillBatch(&cursor, seed: UInt64(run), path: samples?.path ?? "")
        let whole = state.session.timeStep(clock: clock)
        // The first one touches everything for the first time.
        if run > 0 { step = min(step, whole) }
        try state.fillBatch(&cursor, seed: UInt64(run), path: samples?.path ?? "")
        rows.withUnsafeMutableBufferPointer { rows in
          guard let base = rows.baseAddress else { return }
          state.session.timeRows(Elements(base: base, count: rows.count), clock: clock)
        }
      }
      return StepTimes(steps: steps, step: step, rows: rows, clock: clockCost(clock))
    }
  }

  /// What these times say of the plan that they are of, that of the next update.
  public func profile(_ times: StepTimes, _ samples: Samples? = nil) throws(EspalierError) -> StepProfile {
    let index = try withState { $0.session.plan }
    return try plan.profile(
      times, plan: index, data: samples?.path, isa: InstructionSet.ofThisProcessor.last)
  }
}

extension Trainer.State {
  /// The next samples, or noise where there are none.
  fileprivate mutating func fillBatch(_ cursor: inout DataCursor?, seed: UInt64, path: String) throws(EspalierError) {
    guard var next = cursor else { return session.batch(.train).fillWithNoise(seed, classes: session.image.classes) }
    try fillBatch(&next, path: path)
    cursor = next
  }
}

extension Plan {
  /// The profile of one of the image's plans.
  func profile(
    _ times: StepTimes, plan index: Int, data: String? = nil, isa: InstructionSet? = nil
  ) throws(EspalierError) -> StepProfile {
    let report = try measurable(index)
    let name = names[index]
    var opcodes: [OpCode] = []
    image.forRows(of: image.train(index)) { opcode, _ in opcodes.append(opcode) }
    return StepProfile(
      report, plan: name.isEmpty ? nil : name, batch: batch, opcodes: opcodes, times,
      data: data, isa: isa?.rawValue)
  }

  /// The report of one of the image's plans, with a step for each row.
  ///
  /// - Throws: `EspalierError.metadata` where the file says otherwise.
  func measurable(_ index: Int) throws(EspalierError) -> PlanReport {
    let name = names[index]
    let report = try report(of: name.isEmpty ? nil : name)
    let rows = image.train(index).rows
    guard report.steps == rows else {
      throw .metadata(path: path, reason: "\(report.steps) steps, where the plan has \(rows) rows")
    }
    return report
  }

  /// The profile that a board's runner measured.
  ///
  /// - Throws: `EspalierError.measured` where the text is none, or is that of another plan.
  public func profile(measured text: String, path: String) throws(EspalierError) -> StepProfile {
    let lines: MeasuredLines
    do throws(MeasuredFault) { lines = try MeasuredLines(text) } catch { throw .measured(path: path, error) }
    guard lines.digest == report.digest else {
      throw .measured(path: path, .digest(found: lines.digest, expected: report.digest))
    }
    guard 0..<image.planCount ~= lines.plan else { throw .measured(path: path, .plan(lines.plan)) }
    let rows = image.train(lines.plan).rows
    guard lines.times.rows.count == rows else {
      throw .measured(path: path, .rows(found: lines.times.rows.count, expected: rows))
    }
    return try profile(lines.times, plan: lines.plan)
  }
}
