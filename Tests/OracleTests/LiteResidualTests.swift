import Support
import Testing

/// Branches beside blocks, against PyTorch's autograd and ONNX Runtime.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct LiteResidualTests {
  private let oracle: Oracle
  private let folder: ScratchFolder
  private let plan, data, checkpoint: String

  init() throws {
    oracle = try #require(Oracle.prepared)
    folder = try ScratchFolder()
    (plan, data, checkpoint) = (folder.file("p.plan"), folder.file("x.npz"), folder.file("c.ckpt"))
  }

  /// Samples of a size, and a plan for them.
  private func prepare(_ size: Int, _ policy: String = "tinytl-lite") throws {
    try oracle.expect(
      "make_batch.py", ["--count", "4", "--classes", "10", "--size", "\(size)", "--seed", "7", "-o", data], "batch")
    try espalier(
      "compile", "--mode", "f32", oracle.model("mobilenetv2"), "-o", plan, "--classes", "10", "--policy", policy,
      "--batch", "4", "--cap", "none", "--input-shape", "1x3x\(size)x\(size)", "--lr", "1e-3", "-q")
  }

  private func exported(_ name: String, _ words: String...) throws -> String {
    let result = try Command.espalier.run(["export", plan, "-o", folder.file(name), "-q"] + words)
    try #require(result.status == 0, "\(result.errors)")
    return folder.file(name)
  }

  @Test func gradientsAndPredictionsAgree() throws {
    try prepare(48)
    // Branches begin as zeros, which have few gradients; a few activations are within rounding of a kink then.
    try espalier("train", plan, "--data", data, "--steps", "2", "--checkpoint", checkpoint, "-q")
    let model = try exported("t.onnx", "--checkpoint", checkpoint)
    try espalier("gradients", plan, "--checkpoint", checkpoint, "--data", data, "-o", folder.file("ours.npz"), "-q")
    try oracle.expect(
      "lite_gradients.py",
      [
        "--net", "mobilenetv2", "--policy", "head", "--data", data, "--head", model, "-o", folder.file("torch.npz"),
      ], "torch")
    let text = try oracle.expect(
      "compare_gradients.py",
      [folder.file("ours.npz"), folder.file("torch.npz"), "--quiet", "--cosine", "0.9999", "--norm", "2e-3"], "compare")
    print(text.split(separator: "\n").suffix(4).joined(separator: "; "))

    try espalier("predict", plan, "--checkpoint", checkpoint, "--data", data, "-o", folder.file("p.npz"), "-q")
    try oracle.expect("ort_predict.py", [model, data, "-o", folder.file("ort.npz")], "ort")
    try oracle.expect("compare_predictions.py", [folder.file("p.npz"), folder.file("ort.npz")], "compare")
  }

  /// ONNX Runtime predicts with branches that begin as zeros what it predicts without.
  @Test func untrainedBranchesChangeNothing() throws {
    try prepare(96)
    let with = try exported("with.onnx")
    try prepare(96, "head")
    let without = try exported("without.onnx")
    for (model, name) in [(with, "a.npz"), (without, "b.npz")] {
      try oracle.expect("ort_predict.py", [model, data, "-o", folder.file(name)], "ort")
    }
    try oracle.expect("compare_predictions.py", [folder.file("a.npz"), folder.file("b.npz")], "compare")
  }
}
