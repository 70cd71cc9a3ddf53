import CPlatform
import RuntimeBoard

/// `train`: updates one after the other, until something says that it is enough.
func train(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  guard let path = options.checkpoint else {
    throw Failure(.usage, "train needs a file for what it learns", next: "--checkpoint FILE")
  }
  if onlyImage == nil, options.resumes && options.overwrites {
    throw Failure(.usage, "--resume and --overwrite contradict each other", next: "give one")
  }
  try check(options, for: image)
  try checkFiles(options, path)
  let lock = try claim(path)
  var bestLock: CheckpointLock?
  if isBuilt(.eval), let best = options.best { bestLock = try claim(best: best) }
  try train(options, image, path)
  // Until here nobody else writes them.
  _ = consume lock
  _ = consume bestLock
}

/// The same, with its files claimed.
@inline(never)
private func train(_ options: Options, _ image: Image, _ path: CText) throws(Failure) {
  var session = try openSession(image, checkpoint: path)
  if isBuilt(.threads) { try share(&session, options) }
  var slots = CheckpointSlots()
  var progress = DataProgress()
  if options.resumes && cp_exists(path) != 0 { progress = try restore(&session, &slots, path) }
  if onlyImage == nil { try checkPlace(path) }
  if isBuilt(.eval), let best = options.best { try checkPlace(best) }
  if let plan = options.plan { try follow(plan, &session) }
  let isNew = session.step == 0 && progress == DataProgress()
  if !isNew, let seed = options.seed, seed != progress.seed {
    throw Failure(
      .usage, "--seed is not the one that the checkpoint was trained with",
      next: "leave out --seed to go on, or leave out --resume to start again")
  }
  let end = options.deadline.map { cp_nanoseconds() &+ nanoseconds($0) } ?? 0
  let feed = try BoardFeed(options, for: image, progress, isNew: isNew, end: end)
  var judging: DataCursor?
  if isBuilt(.eval), let eval = options.eval {
    let pack = try openPack(eval, nil, for: image)
    judging = try openPass(eval, pack, pack.evaluationPart, for: image)
  }
  var pace = TrainingPace(
    updates: try updates(options, batchesPerEpoch: feed.batchesPerEpoch, image.header), firstStep: session.step)
  pace.checkpointInterval = options.every
  pace.evaluationInterval = options.evalEvery
  pace.end = end
  cp_watch_signals()
  var training = Training(
    session: session, slots: slots, feed: feed, judging: judging, options: options, checkpoint: path,
    pace: pace)
  try training.run()
}

/// Updates after which training ends.
private func updates(
  _ options: Options, batchesPerEpoch: Int, _ header: ImageHeader
) throws(Failure) -> UInt32 {
  if let steps = options.steps { return steps }
  guard let epochs = options.epochs else { return header.plannedUpdates }
  let total = TrainingPace.updates(epochs: epochs, batchesPerEpoch: batchesPerEpoch, window: header.window)
  guard total > 0 else {
    throw Failure(.usage, "--epochs needs packed data that fills an update", next: "give --steps instead")
  }
  return total
}

/// Refuses to write what is read, and to begin anew where a training has come somewhere.
private func checkFiles(_ options: Options, _ checkpoint: CText) throws(Failure) {
  var data = options.data
  if isBuilt(.ring), let ring = data?.behind("ring:") { data = ring }
  try keep(options.image, from: checkpoint)
  try keep(data, from: checkpoint)
  if isBuilt(.eval) {
    try keep(options.eval, from: checkpoint)
    if let best = options.best {
      try keep(options.image, from: best)
      try keep(data, from: best)
      try keep(options.eval, from: best)
      try keep(checkpoint, from: best)
      try checkNew(best, options)
    }
  }
  try checkNew(checkpoint, options)
}

private func checkNew(_ checkpoint: CText, _ options: Options) throws(Failure) {
  guard !options.resumes && !options.overwrites && cp_exists(checkpoint) != 0 else { return }
  throw Failure(
    .cannotCreate, checkpoint, " is there already", next: "--resume to go on from it, or --overwrite to begin anew")
}

/// What could not be written in the end is told before the training; a sealed runner finds out when it writes.
private func checkPlace(_ checkpoint: CText) throws(Failure) {
  let cause = cp_check_place(checkpoint)
  guard cause == 0 else { throw Failure.writing(checkpoint, FileError(cause: cause)) }
}

private func keep(_ input: CText?, from output: CText) throws(Failure) {
  guard let input, cp_is_written_with(output, input) != 0 else { return }
  throw Failure(.usage, output, " is another file of this training, too", next: "name another file to write")
}

private func claim(_ checkpoint: CText) throws(Failure) -> CheckpointLock {
  do throws(FileError) { return try CheckpointLock(checkpoint) } catch { throw Failure.writing(checkpoint, error) }
}

/// The checkpoint of the best weights is claimed while the other one is.
private func claim(best: CText) throws(Failure) -> CheckpointLock {
  do throws(FileError) { return try CheckpointLock(best) } catch {
    guard error.cause == cp_errno_busy else { throw Failure.writing(best, error) }
    throw Failure(
      .cannotCreate, best, " is what --checkpoint names, or is being written by another training",
      next: "name another file for --best")
  }
}

/// Lets all updates follow one plan.
func follow(_ plan: CText, _ session: inout Session) throws(Failure) {
  guard let index = session.image.plan(named: plan) else {
    throw Failure(.usage, plan, " is no plan of this image", next: "./runner info PLAN names them")
  }
  guard session.choose(index) else {
    throw Failure(
      .usage, plan, " cannot finish the update that the checkpoint is in the middle of",
      next: "leave out --plan until it is done")
  }
}

/// Refuses options that contradict each other, or the plan.
private func check(_ options: Options, for image: Image) throws(Failure) {
  if options.steps != nil && options.epochs != nil {
    throw Failure(.usage, "--steps and --epochs contradict each other", next: "give one of them")
  }
  if isBuilt(.eval) { try checkJudging(options, for: image) }
  if let deadline = options.deadline, deadline > 1e9 {
    throw Failure(.usage, "--deadline is too far away", next: "give at most 1e9 seconds")
  }
  if (options.temperature == nil) != (options.temperatureLimit == nil) {
    throw Failure(
      .usage, "--temperature and --temperature-limit go together",
      next: "--temperature /sys/class/thermal/thermal_zone0/temp --temperature-limit 75")
  }
}

private func checkJudging(_ options: Options, for image: Image) throws(Failure) {
  let judges = options.until != nil || options.patience != nil || options.best != nil
  if judges && options.eval == nil {
    throw Failure(.usage, "--until, --patience and --best need samples to judge by", next: "--eval FILE")
  }
  if judges && image.classes == 0 {
    throw Failure(.usage, "--until, --patience and --best need a plan with classes", next: "leave them out")
  }
  if let until = options.until, until > 1 {
    throw Failure(.usage, "--until must be above 0 and at most 1", next: "0.9 stands for 90 %")
  }
}
