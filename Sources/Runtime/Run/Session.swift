import CPlatform

/// A plan being run: one arena, and how far training has come.
///
/// Nothing is checked or allocated while it runs; the image was validated when it was loaded.
public struct Session: ~Copyable {
  public let image: Image
  let arena: Arena
  /// Updates done.
  public internal(set) var step: UInt32 = 0
  /// Runs of the train program since the last update.
  public internal(set) var microStep: UInt32 = 0
  public var statistics = TrainingStatistics()
  /// The plan that updates take whoever's turn it is; nil where turns decide.
  var chosenPlan: Int?
  /// What the losses say; knows nothing of those before a checkpoint.
  var losses = LossWatch()
  /// The plan of the last step.
  private(set) var lastPlan = 0
  /// Who shares the rows.
  var team = Team()
  /// What values are paged out to; nil where nothing is.
  var pageFile: PageFile?

  /// Starts from the initial values of the image.
  ///
  /// - Throws: `RunError.arenaTooSmall`.
  public init(_ image: Image, arena: consuming Arena) throws(RunError) {
    guard arena.bytes >= image.arenaBytes else {
      throw .arenaTooSmall(needed: image.arenaBytes, given: arena.bytes)
    }
    self.image = image
    self.arena = arena
    if let pages = unsafe pages { unsafe pages.pointee = PageMemory() }
    // What the caller's memory held before may not be taken for an address.
    if let samples = unsafe sampleMemory { unsafe samples.storeBytes(of: SampleMemory(), as: SampleMemory.self) }
    reset()
  }

  /// Starts in an arena of exactly the planned size.
  ///
  /// - Throws: `RunError.noMemory`.
  public init(_ image: Image) throws(RunError) {
    try self.init(image, arena: Arena(bytes: image.arenaBytes))
  }

  /// Puts every variable back to its initial value and the counters to zero.
  public mutating func reset() {
    step = 0
    microStep = 0
    lastPlan = 0
    statistics = TrainingStatistics()
    losses = LossWatch()
    arena.prefix(image.persistentBytes).fill(0)
    clearPages()
    for index in 0..<image.variableCount {
      let variable = image.variable(index)
      guard variable.initial != VariableRow.zeros else { continue }
      let row = image.train.tensor(Int(variable.tensor))
      let source = unsafe image.constants.base + Int(truncatingIfNeeded: variable.initial)
      let target = unsafe arena.base + Int(truncatingIfNeeded: row.offset)
      unsafe target.copyMemory(from: source, byteCount: Int(truncatingIfNeeded: row.byteCount))
    }
  }

  /// The plan of the next step.
  public var plan: Int { chosenPlan ?? image.plan(ofUpdate: step) }

  /// Lets updates take one of the image's plans from now on; nil is whoever's turn it is.
  ///
  /// False within a window of micro-steps, which belongs to one plan, and for plans that are not there.
  public mutating func choose(_ plan: Int?) -> Bool {
    guard microStep == 0, plan.map({ 0..<image.planCount ~= $0 }) ?? true else { return false }
    chosenPlan = plan
    return true
  }

  /// Runs the training program of the plan once on the samples in `batch(.train)`.
  @inline(never)
  public mutating func runStep() -> StepReport {
    let window = image.header.window
    var context = context()
    context.isFirstMicroStep = microStep == 0
    context.isLastMicroStep = microStep &+ 1 >= window
    lastPlan = plan
    let guess = losses.isNew ? guessLoss : 0
    run(image.train(lastPlan), context)
    microStep = context.isLastMicroStep ? 0 : microStep &+ 1
    if context.isLastMicroStep { step &+= 1 }
    let report = report(context)
    statistics.add(report)
    losses.note(report.loss, guess: guess)
    return report
  }

  /// Runs the predict program on the samples in `batch(.predict)`; then read `logits(.predict)`.
  public mutating func predict() {
    var context = StepContext()
    unsafe context.sampleMemory = sampleMemory
    run(image.predict, context)
  }

  /// Where the arena of a plan that reads samples where they lie says what they are read from.
  var sampleMemory: UnsafeMutableRawPointer? {
    guard image.readsInPlace else { return nil }
    return unsafe arena.base + (image.arenaBytes &- SampleMemory.size)
  }

  private func context() -> StepContext {
    var context = StepContext()
    context.step = step
    unsafe context.sampleMemory = sampleMemory
    unsafe context.pages = pages
    context.learningRate = image.learningRate(step)
    return context
  }

  private func report(_ context: StepContext) -> StepReport {
    let train = image.train(lastPlan)
    let correct = train.header.correct
    return StepReport(
      step: step, isUpdate: context.isLastMicroStep,
      loss: loss,
      correct: correct == ProgramHeader.none ? nil : arena.elements(train.tensor(Int(correct)), as: Int32.self)[0],
      samples: image.batch, learningRate: context.learningRate)
  }

  /// The loop: one branch for micro-steps, one for the opcode.
  @inline(never)
  private func run(_ program: Program, _ context: StepContext) {
    if isBuilt(.threads) { unsafe cp_enter_team(team.handle) }
    defer { if isBuilt(.threads) { unsafe cp_enter_team(nil) } }
    var at = 0
    let end = program.wordCount
    while at < end {
      let call = unsafe program.call(at: at, constants: image.constants.base, arena: arena.base)
      at &+= call.head.words
      if call.head.flags.onlyInLastMicroStep && !context.isLastMicroStep { continue }
      guard let opcode = builtOpCode(call.head.opcode) else { return }
      execute(opcode, call, context)
    }
  }
}

extension Session {
  /// What a visitor decides about a row.
  public enum RowAction: Sendable { case run, skip }

  /// Runs the plan's training program as the only micro-step of a window, asking `visit` before each row; counters stay.
  ///
  /// Rows that are skipped change nothing: a visitor that skips updates and reads their operands sees gradients.
  public mutating func walk(_ visit: (OpCode, Call) -> RowAction) {
    lastPlan = plan
    let program = image.train(lastPlan)
    let context = context()
    var at = 0
    while at < program.wordCount {
      let call = unsafe program.call(at: at, constants: image.constants.base, arena: arena.base)
      at &+= call.head.words
      guard let opcode = OpCode(rawValue: call.head.opcode) else { return }
      if visit(opcode, call) == .run { execute(opcode, call, context) }
    }
  }
}
