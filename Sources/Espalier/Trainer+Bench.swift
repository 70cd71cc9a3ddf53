import CPlatform
import Measure
import Runtime

public typealias KernelBench = Measure.KernelBench
public typealias BenchReport = Measure.BenchReport
public typealias BuiltInKernels = Measure.BuiltInKernels
public typealias Stopwatch = Measure.Stopwatch

extension Trainer {
  /// Measures the kernels of a training step, each shape once, where they stand in the step; weights of this trainer end
  /// up anywhere.
  ///
  /// - Parameter goesOn: is asked before each row, told how many of how many are done; rows after a no are not measured.
  /// - Throws: `EspalierError.metadata` where the plan does not describe its rows.
  public func measureKernels(_ bench: inout KernelBench, goesOn: (Int, Int) -> Bool) throws(EspalierError) {
    let index = try withState { $0.session.plan }
    let steps = try plan.measurable(index).stepTable
    var measured = bench
    try withState { state in
      state.session.batch(.train).fillWithNoise(0, classes: plan.image.classes)
      var context = StepContext()
      context.learningRate = plan.image.learningRate(0)
      var row = 0
      var isAsked = true
      state.session.walk { opcode, call in
        defer { row += 1 }
        let step = steps[row]
        guard isAsked, measured.wants(opcode, step.operator, call) else { return .run }
        isAsked = goesOn(row, steps.count)
        if isAsked { measured.measure(opcode, step.operator, macs: step.macs, call, context) }
        return .run
      }
    }
    bench = measured
  }

  /// Wall time of a training step on noise in nanoseconds, the least of several; nil where `goesOn` said no.
  public func wallNanoseconds(steps: Int, goesOn: (Int) -> Bool = { _ in true }) throws(EspalierError) -> UInt64? {
    try stepTimes(steps: steps, clock: { cp_nanoseconds() }, goesOn: goesOn)?.step
  }
}
