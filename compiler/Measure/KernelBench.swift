import Runtime

/// Measures kernels one after the other, each shape once, for all vectors that this processor has.
public struct KernelBench {
  private let watch: Stopwatch
  private let sets: [InstructionSet]
  private let isWanted: (String) -> Bool
  private var known: Set<Key> = []
  public private(set) var peaks: [RegisterPeak] = []
  public private(set) var kernels: [KernelSpeed] = []

  private struct Key: Hashable {
    let opcode: OpCode
    let shape: String
  }

  /// - Parameter isWanted: whether to measure what has this name; it is asked about opcodes and families.
  public init(
    _ watch: Stopwatch, _ sets: [InstructionSet] = InstructionSet.ofThisProcessor,
    isWanted: @escaping (String) -> Bool = { _ in true }
  ) {
    self.watch = watch
    self.sets = sets
    self.isWanted = isWanted
  }

  /// Whether a row is of a kernel that there is for vectors, is wanted, and was not measured yet.
  public func wants(_ opcode: OpCode, _ name: String, _ call: Call) -> Bool {
    guard opcode.hasTiles || PeakMix(opcode, .plain) != nil else { return false }
    return (isWanted(name) || isWanted(OperationFamily(opcode).rawValue))
      && !known.contains(Key(opcode: opcode, shape: call.shape(opcode).text))
  }

  /// Measures a row, which is run many times on whatever its operands hold.
  ///
  /// - Parameters:
  ///   - name: of its operator.
  ///   - macs: multiply-accumulates of a run.
  public mutating func measure(_ opcode: OpCode, _ name: String, macs: Int, _ call: Call, _ context: StepContext) {
    let shape = call.shape(opcode)
    known.insert(Key(opcode: opcode, shape: shape.text))
    for set in sets {
      let time = set.use { watch.least { execute(opcode, call, context) } }
      let speed = Double(macs > 0 ? 2 * macs : shape.elements) / max(time, 1)
      let peak = macs > 0 ? PeakMix(opcode, set).map { self.peak($0, set) } : nil
      kernels.append(
        KernelSpeed(
          family: OperationFamily(opcode), opcode: name, shape: shape.text, isa: set, macs: macs, cpuUs: time / 1e3,
          gops: speed, shareOfPeak: peak.map { speed / $0 }))
    }
  }

  /// The peak of these vectors, measured when it is asked for first.
  private mutating func peak(_ mix: PeakMix, _ set: InstructionSet) -> Double {
    if let known = peaks.first(where: { $0.mix == mix && $0.isa == set }) { return known.gops }
    let rounds: UInt64 = 20_000
    var macs: UInt64 = 0
    let time = watch.least { macs = set.run(mix, rounds: rounds) }
    let gops = 2 * Double(macs) / max(time, 1)
    peaks.append(RegisterPeak(mix: mix, isa: set, gops: gops))
    return gops
  }
}
