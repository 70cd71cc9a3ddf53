import RuntimeBoard

/// `selftest`: ten updates that the computer has done before; the answer is whether they come to the same bytes.
func selftest(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  guard let path = options.image, let expected = try GoldenSteps(behind: image, in: map(path)) else {
    throw Failure(
      .malformed, "the plan does not say what its first updates come to",
      next: "write that into it on a computer: espalier selftest PLAN -o PLAN")
  }
  var session = try openSession(image)
  let found = session.goldenSteps(seed: expected.seed)
  let difference = found.firstDifference(expected)
  var line = FixedText()
  if options.isJSON {
    line += "{\"schema\":1,\"steps\":"
    line += GoldenSteps.steps
    line += ",\"equal\":"
    line += difference == nil ? "true" : "false"
    line += ",\"first_difference\":"
    if let difference { line += difference &+ 1 } else { line += "null" }
    line += "}\n"
  } else if difference == nil {
    line += "all of "
    line += GoldenSteps.steps
    line += " updates come to the same bytes as on the computer that made the plan\n"
  }
  try print(line)
  guard let difference else { return }
  var text = FixedText()
  if difference < GoldenSteps.steps {
    text += "update "
    text += difference &+ 1
    text += " comes to other bytes than on the computer that made the plan"
  } else {
    text += "the updates are the same as on the computer that made the plan, its predictions are not"
  }
  throw Failure(.no, text, next: "use the runner of the plan's own bundle; if it is, report the board")
}
