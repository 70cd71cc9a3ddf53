import Support
import Testing

/// Integer trainings that are long, and learning rates over many decades.
struct LongTrainingTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
    #expect(try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx").status == 0)
  }

  private func compile(_ options: String..., plan: String) throws {
    let fixed = [
      "compile", "q.onnx", "-o", plan, "--classes", "3", "--batch", "4", "--policy", "full", "--steps", "2000",
    ]
    let result = try Command.espalier.run(fixed + options, in: scratch.path)
    try #require(result.status == 0, "\(options)\n\(result.errors)")
  }

  /// Longer than moments of weights that get no gradients take to decay below the smallest normal number.
  @Test(arguments: ["i8", "i8t", "i8f", "i16g"], ["sgd", "momentum", "lion", "adam"])
  func trainingsThatAreStoppedAndGoOnReachTheirEnd(mode: String, optimizer: String) throws {
    try compile("--mode", mode, "--optimizer", optimizer, "--lr", optimizer == "sgd" ? "0.02" : "0.002", plan: "p.plan")
    for steps in [700, 1400, 2000] {
      let result = try scratch.espalier(
        "train", "p.plan", "--data", "d.npz", "--checkpoint", "c.ckpt", "--steps", "\(steps)", "--resume", "--json")
      try #require(result.status == 0, "\(result.errors)")
      #expect(result.json["steps"] as? Int == steps)
    }
  }

  /// Whatever the rate, a training ends with weights that can be used, or says that it diverged and writes nothing.
  @Test(arguments: ["i8", "i8t", "i8f", "i16g"]) func divergenceIsSaid(mode: String) throws {
    for exponent in Array(-3...3) + [9] {
      let (plan, checkpoint) = ("rate\(exponent).plan", "rate\(exponent).ckpt")
      try compile("--mode", mode, "--lr", "1e\(exponent)", plan: plan)
      let result = try scratch.espalier(
        "train", plan, "--data", "d.npz", "--checkpoint", checkpoint, "--steps", "200", "--every", "10", "--json")
      if result.status == 0 {
        #expect(exponent < 9)
        let evaluated = try scratch.espalier("eval", plan, "--data", "d.npz", "--checkpoint", checkpoint, "--json")
        #expect(evaluated.status == 0, "\(evaluated.errors)")
      } else {
        #expect(exponent > -2)
        expectRefusal(result, 1, "training diverged", "--lr")
        // What was written before is of a training that still learned.
        guard scratch.exists(checkpoint) else { continue }
        let evaluated = try scratch.espalier("eval", plan, "--data", "d.npz", "--checkpoint", checkpoint, "--json")
        #expect(evaluated.status == 0, "\(evaluated.errors)")
      }
    }
  }
}
