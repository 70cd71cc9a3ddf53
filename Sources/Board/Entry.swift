import CPlatform

/// The runner's entry: C calls it, and nothing of Swift has to be started before.
@c(main)
public func main(_ count: Int32, _ arguments: UnsafePointer<UnsafePointer<CChar>?>) -> Int32 {
  var words = Words(arguments + 1, count: Int(count) - 1)
  do throws(Failure) {
    try run(&words)
    return ExitStatus.done.rawValue
  } catch {
    return error.status.rawValue
  }
}

private func run(_ words: inout Words) throws(Failure) {
  guard let name = words.next() else {
    throw Failure(.usage, "there is no verb", next: "./runner help")
  }
  guard let verb = Options.Verb(name) else {
    if equal(name, "help") || equal(name, "--help") || equal(name, "-h") {
      return try write(helpText)
    }
    throw Failure(.usage, name, " is no verb", next: "./runner help")
  }
  let options = try Options(verb, &words)
  if options.wantsHelp { return try write(helpText) }
  switch verb {
  case .info: try info(options)
  case .train: try train(options)
  case .eval: try evaluate(options)
  case .predict: try predict(options)
  case .selftest: try selftest(options)
  }
}

/// Writes a text that may be longer than a line.
private func write(_ text: StaticString) throws(Failure) {
  let cause = cp_write(1, text.utf8Start, text.utf8CodeUnitCount)
  guard cause == 0 else { throw Failure(.ioError, "standard output cannot be written", next: "look at what reads it") }
}

extension Options.Verb {
  fileprivate init?(_ name: CText) {
    if equal(name, "info") {
      self = .info
    } else if equal(name, "train") {
      self = .train
    } else if equal(name, "eval") {
      self = .eval
    } else if equal(name, "predict") {
      self = .predict
    } else if equal(name, "selftest") {
      self = .selftest
    } else {
      return nil
    }
  }
}
