import CPlatform
import RuntimeBoard

/// How good the weights of a session are.
struct Evaluation {
  let score: Score
  private let hasClasses: Bool
  /// Numbers that the network gives a sample.
  private let outputs: Int

  /// Predicts all samples of a pass.
  ///
  /// - Throws: `DataError`.
  init(_ session: inout Session, _ pass: DataCursor) throws(DataError) {
    var pass = pass
    score = try session.evaluate(&pass)
    hasClasses = session.image.classes > 0
    outputs = (session.logits(.predict)?.count ?? 0) / session.image.batch
  }

  private var meanSquaredError: Double { score.squaredError / Double(max(score.samples &* outputs, 1)) }

  /// Fields of a JSON object, the first without a comma before it.
  func add(fieldsTo line: inout FixedText) {
    line += "\"samples\":"
    line += score.samples
    line += ",\"correct\":"
    if hasClasses { line += score.correct } else { line += "null" }
    line += ",\"accuracy\":"
    if hasClasses { line += Double(score.correct) / Double(max(score.samples, 1)) } else { line += "null" }
    line += ",\"mean_squared_error\":"
    if hasClasses { line += "null" } else { line += meanSquaredError }
  }

  func add(to line: inout FixedText) {
    if hasClasses {
      line += "accuracy "
      line.add(share: score.correct, of: score.samples)
      line += ": "
      line += score.correct
      line += " of "
    } else {
      line += "mean squared error "
      line += meanSquaredError
      line += " over "
    }
    line += score.samples
    line += " samples"
  }
}

/// `eval`: how well predictions meet labels.
func evaluate(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  guard let data = options.data else {
    throw Failure(.usage, "no samples were named", next: "--data FILE")
  }
  var session = try openTrained(image, options)
  let pack = try openPack(data, nil, for: image)
  let pass = try openPass(data, pack, pack.evaluationPart, for: image)
  let evaluation: Evaluation
  do throws(DataError) { evaluation = try Evaluation(&session, pass) } catch { throw Failure.data(data, error) }
  var line = FixedText(options.isJSON ? "{\"schema\":1," : "")
  if options.isJSON { evaluation.add(fieldsTo: &line) } else { evaluation.add(to: &line) }
  line += options.isJSON ? "}\n" : "\n"
  try print(line)
}

/// A session with the weights of the checkpoint, if one was named.
func openTrained(_ image: Image, _ options: Options) throws(Failure) -> Session {
  var session = try openSession(image)
  if isBuilt(.threads) { try share(&session, options) }
  var slots = CheckpointSlots()
  if let path = options.checkpoint { _ = try restore(&session, &slots, path) }
  return session
}
