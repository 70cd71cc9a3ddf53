import Report

/// How fast kernels are, and a step of a plan that has them: what `bench --json` prints.
public struct BenchReport: Encodable, Sendable {
  /// One training step.
  public struct Step: Encodable, Sendable {
    public var cpuMs: Double
    public var wallMs: Double
    public var macs: Int
    /// Of the CPU time of all rows, by family.
    public var share: [String: Double]

    public init(_ profile: StepProfile, wallNanoseconds: UInt64) {
      cpuMs = profile.cpuMs
      wallMs = Double(wallNanoseconds) / 1e6
      macs = profile.macs
      share = Dictionary(uniqueKeysWithValues: profile.families.map { ($0.family.rawValue, $0.share) })
    }
  }

  public let schema = 1
  /// How long a kernel was run, for each kind of vectors.
  public var seconds: Double
  public var peaks: [RegisterPeak]
  public var kernels: [KernelSpeed]
  /// Nil where no plan was given.
  @OrNull public var step: Step?

  public init(_ bench: KernelBench, seconds: Double, step: Step?) {
    self.seconds = seconds
    peaks = bench.peaks
    kernels = bench.kernels
    self.step = step
  }
}
