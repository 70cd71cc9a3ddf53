import Foundation
import Support
import Testing

/// ONNX Runtime predicts with the exported model what the interpreter predicts.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct ExportTests {
  @Test(arguments: [
    ("mobilenetv2", "full", []), ("mobilenetv2", "full", ["--unfold"]), ("mobilenetv2", "bias", []),
    ("mobilenetv2", "scale", []), ("mobilenetv2", "scale", ["--unfold"]),
    ("efficientnet-lite0", "last-6", []), ("efficientnet-lite0", "last-6", ["--unfold"]),
  ])
  func predictionsAgree(net: String, policy: String, options: [String]) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (plan, data, checkpoint) = (folder.file("p.plan"), folder.file("x.npz"), folder.file("c.ckpt"))
    try oracle.expect("make_batch.py", ["--count", "16", "--classes", "10", "-o", data], "make_batch")
    try espalier(
      "compile", "--mode", "f32", oracle.model(net), "-o", plan, "--classes", "10", "--policy", policy, "--batch", "4",
      "--cap", "none", "--lr", "1e-3", "-q")
    try espalier("train", plan, "--data", data, "--steps", "4", "--checkpoint", checkpoint, "-q")
    try espalier("predict", plan, "--checkpoint", checkpoint, "--data", data, "-o", folder.file("ours.npz"), "-q")
    let result = try Command.espalier.run(
      ["export", plan, "--checkpoint", checkpoint, "-o", folder.file("t.onnx"), "-q"] + options)
    try #require(result.status == 0, "\(result.errors)")
    try oracle.expect("ort_predict.py", [folder.file("t.onnx"), data, "-o", folder.file("ort.npz")], "ort")
    let text = try oracle.expect(
      "compare_predictions.py", [folder.file("ours.npz"), folder.file("ort.npz")], "compare")
    print(net, policy, options.joined(), text, terminator: "")
  }
}
