/// One stage of the compiler: a function from value to value, what must hold of its result, and that as text.
struct Stage<Input, Output> {
  let name: CompileStage
  let run: (Input, CompileRequest) throws -> Output
  /// Throws where the result breaks what the stage promises to the next one.
  let check: (Output, CompileRequest) throws -> Void
  /// What `--stop-after` prints.
  let text: (Output, CompileRequest) throws -> String
}

/// Stages in a row: each is run, checked, and printed if it is the last that was asked for.
struct Stages<Input, Output> {
  let run: (Input, CompileRequest) throws -> Output

  private init(run: @escaping (Input, CompileRequest) throws -> Output) { self.run = run }

  init(_ stage: Stage<Input, Output>) {
    run = { input, request in
      let output = try stage.run(input, request)
      try stage.check(output, request)
      if request.stop == stage.name { throw StoppedAfterStage(text: try stage.text(output, request)) }
      return output
    }
  }

  func then<Next>(_ stage: Stage<Output, Next>) -> Stages<Input, Next> { then(Stages<Output, Next>(stage)) }

  func then<Next>(_ next: Stages<Output, Next>) -> Stages<Input, Next> {
    Stages<Input, Next> { input, request in try next.run(run(input, request), request) }
  }
}

/// The stage that was asked for has run.
struct StoppedAfterStage: Error {
  let text: String
}
