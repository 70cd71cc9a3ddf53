import Support
import Testing

/// The keys that scripts rely on.
struct JSONKeyTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan()
  }

  @Test func plansDescribeThemselves() throws {
    let fixed: Set<String> = [
      "arena_bytes", "cap_bytes", "resident_bytes", "bytes_by_class", "lb_schedule", "lb_order", "lb_operator",
      "peak_step", "steps", "macs_forward", "macs_backward", "macs_update", "trained_parameters", "trained_tensors",
      "opcodes", "mode", "policy", "digest", "image_bytes", "schema", "untrained", "output", "notes",
    ]
    let compiled = try scratch.espalier(
      "compile", "--mode", "f32", "m.onnx", "-o", "q.plan", "--json", "--policy", "bias"
    ).json
    let inspected = try scratch.espalier("inspect", "q.plan", "--json").json
    for object in [compiled, inspected] {
      #expect(fixed.subtracting(object.keys) == [])
      let classes = try #require(object["bytes_by_class"] as? [String: Int])
      #expect(
        Set(["weights", "saved", "gradients", "state", "scratch", "io", "control"]).subtracting(classes.keys) == [])
      #expect(try classes.values.reduce(0, +) <= #require(object["arena_bytes"] as? Int))
      let tensors = try #require(object["trained_tensors"] as? [[String: Any]])
      for tensor in tensors {
        let keys = Set(tensor.keys).subtracting(["stands_for"])
        #expect(keys == ["name", "kind", "shape", "mode", "region"])
      }
      // A bias that folding made is that of a convolution with its normalization multiplied in.
      #expect(tensors.contains { $0["name"] as? String == "stem.bias" && $0["stands_for"] != nil })
    }
    #expect(compiled["digest"] as? String == inspected["digest"] as? String)
    #expect(try inspected["image_bytes"] as? Int == scratch.read("q.plan").count)
    #expect(inspected["digest"] as? String != "")
  }

  @Test func trainingAndJudging() throws {
    let trained = try scratch.espalier("train", "p.plan", "--data", "d.npz", "--epochs", "1", "--json").json
    let fixed: Set<String> = [
      "schema", "steps", "epochs", "losses", "final_loss", "accuracy", "seconds", "seconds_per_step", "arena_bytes",
      "arena_high_water_bytes", "checkpoint", "evaluations", "ending", "first_step",
      "saturated_gradients", "remeasured_scales", "saturated_weights", "skipped_steps",
    ]
    #expect(Set(trained.keys) == fixed)
    #expect((trained["losses"] as? [Double])?.count == trained["steps"] as? Int)
    #expect(trained["arena_high_water_bytes"] as? Int == trained["arena_bytes"] as? Int)

    let evaluated = try scratch.espalier("eval", "p.plan", "--data", "d.npz", "--checkpoint", "p.ckpt", "--json").json
    #expect(
      Set(evaluated.keys) == [
        "schema", "samples", "accuracy", "correct", "confusion", "class_names", "mean_squared_error",
      ])
    let confusion = try #require(evaluated["confusion"] as? [[Int]])
    #expect(confusion.count == 3 && confusion.joined().reduce(0, +) == 48)
    #expect(confusion.indices.reduce(0) { $0 + confusion[$1][$1] } == evaluated["correct"] as? Int)
  }

  @Test func arraysHaveTheirNames() throws {
    #expect(try scratch.espalier("predict", "p.plan", "--data", "d.npz", "-o", "p.npz").status == 0)
    let predictions = try scratch.arrays("p.npz")
    #expect(predictions["logits"]?.shape == [48, 3] && predictions["classes"]?.shape == [48])
    #expect(try scratch.espalier("gradients", "p.plan", "--data", "d.npz", "-o", "g.npz").status == 0)
    let gradients = try scratch.arrays("g.npz")
    #expect(gradients["loss"]?.shape == [] && gradients["logits"]?.shape == [4, 3])
    #expect(gradients["grad/stem"]?.shape == [4, 3, 3, 3] && gradients["grad/stem.bias"]?.shape == [4])
    #expect(gradients["grad/dw"]?.shape == [4, 1, 3, 3] && gradients["grad/head.weight"]?.shape == [3, 6])
  }

  @Test func standardOutputTakesFilesToo() throws {
    try scratch.espalier("predict", "p.plan", "--data", "d.npz", "-o", "p.npz")
    let size = try scratch.read("p.npz").count
    let result = try scratch.espalier("predict", "p.plan", "--data", "d.npz", "-o", "-")
    #expect(result.status == 0 && result.output.hasPrefix("PK") && result.errors.contains("48 samples"))
    #expect(size > 48 * 4 * 3)
  }
}
