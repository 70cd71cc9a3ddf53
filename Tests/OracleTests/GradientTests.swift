import Support
import Testing

/// Gradients of whole networks with real weights against PyTorch's autograd.
///
/// An activation within rounding of a kink of ReLU6 may fall on either side of it, which changes gradients by a per
/// cent: the samples are drawn with seeds for which none of the network's does.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct GradientTests {
  @Test(arguments: Case.all)
  func everyTrainedTensorAgrees(_ testCase: Case) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (plan, data) = (folder.file("p.plan"), folder.file("x.npz"))
    try oracle.expect(
      "make_batch.py", ["--count", "\(testCase.batch)", "--classes", "10", "--seed", testCase.seed, "-o", data],
      "make_batch")
    try espalier(
      "compile", "--mode", "f32", oracle.model(testCase.net), "-o", plan, "--classes", "10", "--policy",
      testCase.policy,
      "--batch", "\(testCase.batch)", "--cap", "none", "-q")
    try espalier("gradients", plan, "--data", data, "-o", folder.file("ours.npz"), "-q")
    try espalier("export", plan, "-o", folder.file("start.onnx"), "-q")
    try oracle.expect(
      "torch_gradients.py",
      [
        "--net", testCase.net, "--policy", testCase.policy, "--data", data, "--head", folder.file("start.onnx"),
        "-o", folder.file("torch.npz"),
      ], "torch")
    let text = try oracle.expect(
      "compare_gradients.py", [folder.file("ours.npz"), folder.file("torch.npz"), "--quiet"], "compare")
    print("\(testCase.testDescription):", text.split(separator: "\n").suffix(4).joined(separator: "; "))
  }
}
