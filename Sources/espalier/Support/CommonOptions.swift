import ArgumentParser

/// Options of every verb.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print errors and results only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Print more about what is done.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose contradict each other; give one of them.") }
  }

  /// A message on standard error.
  func note(_ text: @autoclosure () -> String) {
    if !quiet { StandardError.write(printable(text()) + "\n") }
  }

  /// A message on standard error for those who want to know more.
  func detail(_ text: @autoclosure () -> String) {
    if verbose { StandardError.write(printable(text()) + "\n") }
  }

  /// The result: one JSON object, or text.
  func report(_ object: some Encodable, _ text: @autoclosure () -> String) throws(Failure) {
    try StandardOutput.write(json ? jsonText(object) : printable(text()))
  }
}
