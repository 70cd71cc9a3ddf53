import Report
import Runtime

/// How the time of one training step is spread over its rows: what `profile --json` prints.
///
/// JSON keys are the names in `snake_case`. Times are CPU time, each the least of several steps; GOPS are 10⁹ operations
/// a second, two of them a multiply-accumulate.
public struct StepProfile: Encodable, Sendable {
  /// One row, in the order they run.
  public struct Row: Encodable, Sendable {
    /// From 0; the index of the step in `inspect --json`.
    public var row: Int
    public var opcode: String
    /// The kernel that the plan was made for.
    public var variant: String
    public var family: OperationFamily
    /// Name of what it gives.
    public var output: String
    public var macs: Int
    public var cpuUs: Double
    /// Of the time of all rows.
    public var share: Double
    /// Nil where it multiplies nothing, or was too fast for the clock.
    @OrNull public var gops: Double?
  }

  /// All rows of one family.
  public struct Family: Encodable, Sendable {
    public var family: OperationFamily
    public var rows: Int
    public var macs: Int
    public var cpuUs: Double
    public var share: Double
    @OrNull public var gops: Double?
  }

  public let schema = 1
  public let digest: String
  /// Name of the plan where the image has several.
  @OrNull public private(set) var plan: String?
  /// Samples of a step.
  public let batch: Int
  /// Steps that times are the least of.
  public let steps: Int
  /// The file of the samples; nil for noise.
  @OrNull public private(set) var data: String?
  /// Vectors of the kernels that ran; nil where a board measured.
  @OrNull public private(set) var isa: String?
  public let macs: Int
  /// Of a whole step, measured without looking at the clock between its rows.
  public let cpuMs: Double
  public let rows: [Row]
  /// Those that have rows, the most time first.
  public let families: [Family]

  /// - Parameters:
  ///   - report: of the plan that was run.
  ///   - opcodes: of its rows.
  ///   - times: what was measured, with as many rows.
  public init(
    _ report: PlanReport, plan: String?, batch: Int, opcodes: [OpCode], _ times: StepTimes, data: String? = nil,
    isa: String? = nil
  ) {
    digest = report.digest
    self.batch = batch
    steps = times.steps
    cpuMs = Double(times.step) / 1e6
    let own = times.ownNanoseconds
    let all = own.reduce(0, +)
    func share(_ nanoseconds: UInt64) -> Double { all == 0 ? 0 : Double(nanoseconds) / Double(all) }
    rows = zip(report.stepTable, zip(opcodes, own)).map { step, measured in
      Row(
        row: step.index, opcode: step.operator, variant: step.variant, family: OperationFamily(measured.0),
        output: step.name, macs: step.macs, cpuUs: Double(measured.1) / 1e3, share: share(measured.1),
        gops: gops(step.macs, measured.1))
    }
    macs = rows.reduce(0) { $0 + $1.macs }
    let groups = Dictionary(grouping: zip(rows, own)) { $0.0.family }
    families = OperationFamily.allCases.compactMap { family in
      guard let group = groups[family] else { return nil }
      let (macs, time) = group.reduce((0, UInt64(0))) { ($0.0 + $1.0.macs, $0.1 + $1.1) }
      return Family(
        family: family, rows: group.count, macs: macs, cpuUs: Double(time) / 1e3, share: share(time),
        gops: gops(macs, time))
    }.sorted { $0.cpuUs > $1.cpuUs }
    self.plan = plan
    self.data = data
    self.isa = isa
  }
}

/// 10⁹ operations a second; nil where there is nothing to divide.
func gops(_ macs: Int, _ nanoseconds: UInt64) -> Double? {
  macs == 0 || nanoseconds == 0 ? nil : 2 * Double(macs) / Double(nanoseconds)
}
