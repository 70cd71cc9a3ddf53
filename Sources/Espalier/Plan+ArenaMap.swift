import Report
import Runtime

extension Plan {
  /// Where the tensors of a training step lie, as the image itself says: offsets of its tensors, and the rows that use
  /// them.
  ///
  /// - Parameter name: of one of several plans; nil is the one that `report` is about.
  /// - Throws: `EspalierError.unknownPlan`.
  public func arenaMap(of name: String? = nil) throws(EspalierError) -> ArenaMap {
    let report = try report(of: name)
    let program = image.train((name ?? self.report.largestPlan).flatMap { image.plan(named: $0) } ?? 0)
    var builder = ArenaMapBuilder(
      image, program, saved: Set(report.savedTensors.map(\.name)), steps: report.steps)
    var step = 0
    image.forRows(of: program) { opcode, call in
      guard step < report.steps else { return }
      builder.add(opcode, call, report.stepTable[step])
      step += 1
    }
    return builder.map
  }

  /// The report of one of several plans.
  ///
  /// - Throws: `EspalierError.unknownPlan`.
  public func report(of name: String?) throws(EspalierError) -> PlanReport {
    guard let name else { return report }
    guard let plan = metadata.plans?.first(where: { $0.name == name }) else {
      throw .unknownPlan(name: name, known: names)
    }
    var report = plan.report
    report.digest = self.report.digest
    report.imageBytes = self.report.imageBytes
    return report
  }
}

/// Gathers first and last use of each tensor.
private struct ArenaMapBuilder {
  private let image: Image
  private let program: Program
  private let saved: Set<String>
  private let steps: Int
  /// Whether the gradient of the loss has been there.
  private var isBackward = false
  /// Places in `rectangles` by index of the tensor.
  private var places: [Int: Int] = [:]
  private var rectangles: [ArenaMap.Rectangle] = []

  init(_ image: Image, _ program: Program, saved: Set<String>, steps: Int) {
    self.image = image
    self.program = program
    self.saved = saved
    self.steps = steps
  }

  /// The output stands first among the operands, then the inputs, then scratch.
  mutating func add(_ opcode: OpCode, _ call: Call, _ step: PlanReport.Step) {
    isBackward = isBackward || opcode == .softmaxCrossEntropyGrad || opcode == .meanSquaredErrorGrad
    let names = [step.output.name] + step.inputs
    for operand in 0..<call.head.operands {
      let tensor = call.tensorIndex(operand)
      if operand >= names.count {
        use(tensor, at: step.index, "scratch of \(names[0])", .scratch)
      } else {
        use(tensor, at: step.index, names[operand], operand == 0 ? written(tensor, names[0]) : .io)
      }
    }
  }

  private func written(_ tensor: Int, _ name: String) -> ArenaMap.Kind {
    let header = program.header
    if [header.loss, header.correct].contains(UInt32(tensor)) { return .io }
    if saved.contains(name) { return .saved }
    return isBackward ? .gradient : .activation
  }

  /// - Parameter kind: of a tensor that is seen for the first time and is no variable.
  private mutating func use(_ tensor: Int, at step: Int, _ name: String, _ kind: ArenaMap.Kind) {
    let row = program.tensor(tensor)
    guard row.section == .arena, let type = row.type else { return }
    if let place = places[tensor] {
      rectangles[place].last = max(rectangles[place].last, step)
      return
    }
    let (offset, bytes) = (Int(row.offset), type.bytes(Int(row.count)))
    places[tensor] = rectangles.count
    guard offset >= image.persistentBytes else {
      rectangles.append(.init(name: name, kind: .variable, offset: offset, bytes: bytes, first: 0, last: steps - 1))
      return
    }
    // Samples and labels are there before the first step, results until after the last one.
    let isResult = kind == .io && isBackward && step > 0
    rectangles.append(
      .init(
        name: name, kind: kind, offset: offset, bytes: bytes, first: kind == .io && !isResult ? 0 : step,
        last: isResult ? steps - 1 : step))
  }

  /// A variable and what updates it are one rectangle.
  var map: ArenaMap {
    var variables: Set<Int> = []
    return ArenaMap(rectangles: rectangles.filter { $0.kind != .variable || variables.insert($0.offset).inserted })
  }
}
