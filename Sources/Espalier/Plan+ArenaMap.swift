import Report
import Runtime

extension Plan {
  /// Where the tensors of the training step lie, as the image itself says: offsets of its tensors, and the rows that
  /// use them.
  public var arenaMap: ArenaMap {
    var builder = ArenaMapBuilder(image, saved: Set(report.savedTensors.map(\.name)), steps: report.steps)
    var step = 0
    image.forRows { opcode, call in
      // The rows of the train program come first, one a step.
      guard step < report.steps else { return }
      builder.add(opcode, call, report.stepTable[step])
      step += 1
    }
    return builder.map
  }
}

/// Gathers first and last use of each tensor.
private struct ArenaMapBuilder {
  private let image: Image
  private let saved: Set<String>
  private let steps: Int
  /// Whether the gradient of the loss has been there.
  private var isBackward = false
  /// Places in `rectangles` by index of the tensor.
  private var places: [Int: Int] = [:]
  private var rectangles: [ArenaMap.Rectangle] = []

  init(_ image: Image, saved: Set<String>, steps: Int) {
    self.image = image
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
    let header = image.train.header
    if [header.loss, header.correct].contains(UInt32(tensor)) { return .io }
    if saved.contains(name) { return .saved }
    return isBackward ? .gradient : .activation
  }

  /// - Parameter kind: of a tensor that is seen for the first time and is no variable.
  private mutating func use(_ tensor: Int, at step: Int, _ name: String, _ kind: ArenaMap.Kind) {
    let row = image.train.tensor(tensor)
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
