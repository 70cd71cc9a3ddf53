import CPlatform
import RuntimeBoard

extension Training {
  /// One line about an update.
  func reportStep(_ time: UInt64) throws(Failure) {
    guard !options.isQuiet else { return }
    var line = FixedText()
    if options.isJSON {
      line.add("{\"step\":", last.step)
      line.add(",\"loss\":", Double(last.loss))
      line.add(",\"correct\":", last.correct.map { Double($0) } ?? .nan)
      line.add(",\"samples\":", UInt32(truncatingIfNeeded: last.samples))
      line.add(",\"learning_rate\":", Double(last.learningRate))
      line.add(",\"seconds\":", seconds(time))
      line += "}\n"
    } else {
      line.add("step ", last.step)
      line.add("  loss ", Double(last.loss))
      line.add("  learning rate ", Double(last.learningRate))
      line += "\n"
    }
    try print(line)
  }

  /// One line about how good the weights are.
  func reportScore() throws(Failure) {
    guard !options.isQuiet, let evaluation else { return }
    var line = FixedText()
    if options.isJSON {
      line.add("{\"step\":", step)
      line += ","
      evaluation.add(fieldsTo: &line)
      line += "}\n"
    } else {
      line.add("step ", step)
      line += "  "
      evaluation.add(to: &line)
      line += "\n"
    }
    try print(line)
  }

  /// The last line.
  func reportEnd(_ ending: TrainingEnding) throws(Failure) {
    var line = FixedText()
    if options.isJSON {
      line.add("{\"schema\":1,\"steps\":", step)
      line.add(",\"first_step\":", pace.firstStep)
      line.add(",\"final_loss\":", step > pace.firstStep ? Double(last.loss) : .nan)
      line += ","
      if isBuilt(.eval), let evaluation { evaluation.add(fieldsTo: &line) } else { line += "\"samples\":null" }
      line.add(",\"seconds\":", seconds(pace.spent))
      line.add(",\"seconds_per_step\":", pace.secondsPerUpdate(after: step))
      line += ",\"arena_bytes\":"
      line += session.image.arenaBytes
      line += ",\"checkpoint\":"
      line.add(quoted: checkpoint)
      line += ",\"ending\":\""
      line += ending.name
      line += "\"}\n"
    } else {
      line += checkpoint
      line.add(": step ", step)
      if step > pace.firstStep {
        line.add(", loss ", Double(last.loss))
      }
      line.add(", ", pace.secondsPerUpdate(after: step) * 1000)
      line += " ms a step, ended by "
      line += ending.name
      line += "\n"
    }
    try print(line)
  }
}

extension FixedText {
  /// A text as JSON writes it.
  mutating func add(quoted text: CText) {
    add(34)
    add(text, escape: "\\u00", isQuoted: true)
    add(34)
  }
}

/// Writes a line of results.
func print(_ line: FixedText) throws(Failure) {
  let cause = line.write(to: 1)
  guard cause == 0 else {
    var text = FixedText("standard output cannot be written: ")
    text += cp_error_text(cause)
    throw Failure(.cannotWrite, text, next: "look at where it goes to")
  }
}
