import Foundation
import Support
import Testing

/// Twenty steps of plain gradient descent against PyTorch's.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct LossTests {
  /// Rates at which PyTorch in single and in double precision agree with each other; see torch_losses.py.
  static let rates = ["full": "3e-6", "scale": "3e-5", "bias": "3e-5", "last-6": "3e-5", "head": "1e-3"]

  @Test(arguments: Case.all)
  func firstTwentyLossesAgree(_ testCase: Case) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let rate = try #require(Self.rates[testCase.policy])
    let (plan, data) = (folder.file("p.plan"), folder.file("x.npz"))
    try oracle.expect(
      "make_batch.py", ["--count", "\(20 * testCase.batch)", "--classes", "10", "-o", data], "make_batch")
    try espalier(
      "compile", "--mode", "f32", oracle.model(testCase.net), "-o", plan, "--classes", "10", "--policy",
      testCase.policy,
      "--batch", "\(testCase.batch)", "--cap", "none", "--lr", rate, "-q")
    let json = try espalier(
      "train", plan, "--data", data, "--steps", "20", "--no-shuffle", "--checkpoint", folder.file("c.ckpt"), "--json",
      "-q")
    try json.write(toFile: folder.file("ours.json"), atomically: true, encoding: .utf8)
    try espalier("export", plan, "-o", folder.file("start.onnx"), "-q")
    try oracle.expect(
      "torch_losses.py",
      [
        "--net", testCase.net, "--policy", testCase.policy, "--data", data, "--head", folder.file("start.onnx"),
        "--batch", "\(testCase.batch)", "--steps", "20", "--lr", rate, "-o", folder.file("torch.json"),
      ], "torch")
    let text = try oracle.expect(
      "compare_losses.py", [folder.file("ours.json"), folder.file("torch.json")], "compare")
    print("\(testCase.testDescription):", text.lastLine)
  }
}
