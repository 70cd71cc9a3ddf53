import CPlatform
import RuntimeBoard

extension Training {
  /// One line about an update.
  func reportStep(_ time: UInt64) throws(Failure) {
    guard !options.isQuiet else { return }
    var line = FixedText()
    if options.isJSON {
      line += "{\"step\":"
      line += last.step
      line += ",\"loss\":"
      line += last.loss
      line += ",\"correct\":"
      if let correct = last.correct { line += correct } else { line += "null" }
      line += ",\"samples\":"
      line += last.samples
      line += ",\"learning_rate\":"
      line += last.learningRate
      line += ",\"seconds\":"
      line += seconds(time)
      line += "}\n"
    } else {
      line += "step "
      line += last.step
      line += "  loss "
      line += last.loss
      line += "  learning rate "
      line += last.learningRate
      line += "\n"
    }
    try print(line)
  }

  /// One line about how good the weights are.
  func reportScore() throws(Failure) {
    guard !options.isQuiet, let evaluation else { return }
    var line = FixedText()
    if options.isJSON {
      line += "{\"step\":"
      line += done
      line += ","
      evaluation.add(fieldsTo: &line)
      line += "}\n"
    } else {
      line += "step "
      line += done
      line += "  "
      evaluation.add(to: &line)
      line += "\n"
    }
    try print(line)
  }

  /// The last line.
  func reportEnd() throws(Failure) {
    var line = FixedText()
    if options.isJSON {
      line += "{\"schema\":1,\"steps\":"
      line += done
      line += ",\"first_step\":"
      line += firstStep
      line += ",\"final_loss\":"
      if done > firstStep { line += last.loss } else { line += "null" }
      line += ","
      if isBuilt(.eval), let evaluation { evaluation.add(fieldsTo: &line) } else { line += "\"samples\":null" }
      line += ",\"seconds\":"
      line += seconds(spent)
      line += ",\"seconds_per_step\":"
      line += perStep
      line += ",\"arena_bytes\":"
      line += session.image.arenaBytes
      line += ",\"checkpoint\":"
      line.add(quoted: checkpoint)
      line += ",\"ending\":\""
      line += ending.name
      line += "\"}\n"
    } else {
      line += checkpoint
      line += ": step "
      line += done
      if done > firstStep {
        line += ", loss "
        line += last.loss
      }
      line += ", "
      line += perStep * 1000
      line += " ms a step, ended by "
      line += ending.name
      line += "\n"
    }
    try print(line)
  }
}

extension Training.Ending {
  /// As it stands in JSON.
  fileprivate var name: StaticCString {
    switch self {
    case .done: "done"
    case .deadline: "deadline"
    case .interrupted: "interrupted"
    case .accuracy: "accuracy"
    case .patience: "patience"
    case .samples: "samples"
    }
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
    throw Failure(.ioError, text, next: "look at where it goes to")
  }
}
