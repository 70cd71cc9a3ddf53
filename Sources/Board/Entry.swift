import CPlatform
import RuntimeBoard

/// The runner's entry: C calls it, and nothing of Swift has to be started before.
@c(main)
public func main(_ count: Int32, _ arguments: UnsafePointer<UnsafePointer<CChar>?>) -> Int32 {
  cp_begin()
  var words = ArgumentReader(arguments + 1, count: Int(count) - 1)
  do throws(Failure) {
    try run(&words)
    return 0
  } catch {
    return error.kind.exitCode
  }
}

private func run(_ words: inout ArgumentReader) throws(Failure) {
  guard let name = words.next() else {
    throw Failure(.usage, "there is no verb", next: "./runner help")
  }
  guard let verb = Options.Verb(name) else {
    if equal(name, "help") || equal(name, "--help") || equal(name, "-h") {
      return try help()
    }
    throw Failure(.usage, name, " is no verb", next: "./runner help")
  }
  let options = try Options(verb, &words)
  if options.wantsHelp { return try help() }
  switch verb {
  case .info: if isBuilt(.info) { try info(options) }
  case .train: if isBuilt(.train) { try train(options) }
  case .eval: if isBuilt(.eval) { try evaluate(options) }
  case .predict: if isBuilt(.predict) { try predict(options) }
  case .selftest: if isBuilt(.selftest) { try selftest(options) }
  case .profile: if isBuilt(.profile) { try profile(options) }
  }
}

extension Options.Verb {
  fileprivate init?(_ name: CText) {
    if isBuilt(.info) && equal(name, "info") {
      self = .info
    } else if isBuilt(.train) && equal(name, "train") {
      self = .train
    } else if isBuilt(.eval) && equal(name, "eval") {
      self = .eval
    } else if isBuilt(.predict) && equal(name, "predict") {
      self = .predict
    } else if isBuilt(.selftest) && equal(name, "selftest") {
      self = .selftest
    } else if isBuilt(.profile) && equal(name, "profile") {
      self = .profile
    } else {
      return nil
    }
  }
}
