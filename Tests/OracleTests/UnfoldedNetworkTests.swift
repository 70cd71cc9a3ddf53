import Foundation
import Support
import Testing

/// Networks whose normalizations fold into nothing: gradients and the first losses of plain SGD against PyTorch's.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct UnfoldedNetworkTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let net: String
    let size: Int
    /// A rate at which PyTorch in single and in double precision agree over the steps.
    let rate: String
    /// Tensors that the full update trains.
    let tensors: Int

    var testDescription: String { net }
  }

  static let cases = [
    Case(net: "smooth", size: 16, rate: "1e-2", tensors: 5),
    Case(net: "preactivation-resnet", size: 16, rate: "1e-3", tensors: 39),
    Case(net: "densenet-small", size: 32, rate: "1e-3", tensors: 34),
    Case(net: "densenet121", size: 32, rate: "1e-6", tensors: 305),
  ]

  @Test(arguments: cases)
  func gradientsAndLossesAgree(_ testCase: Case) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (model, plan, data) = (folder.file("m.onnx"), folder.file("p.plan"), folder.file("x.npz"))
    let network = ["--net", testCase.net, "--size", "\(testCase.size)"]
    try oracle.expect("unfolded_networks.py", ["export"] + network + ["-o", model], "export")
    try oracle.expect(
      "make_batch.py", ["--count", "40", "--classes", "10", "--size", "\(testCase.size)", "-o", data], "make_batch")
    try espalier(
      "compile", "--mode", "f32", model, "-o", plan, "--policy", "full", "--batch", "2", "--cap", "none", "--lr",
      testCase.rate, "-q")
    try espalier("gradients", plan, "--data", data, "-o", folder.file("ours.npz"), "-q")
    try oracle.expect(
      "unfolded_networks.py",
      ["step"] + network + [
        "--data", data, "--lr", testCase.rate, "--losses", folder.file("torch.json"), "-o", folder.file("torch.npz"),
      ], "torch")
    let text = try oracle.expect(
      "compare_gradients.py", [folder.file("ours.npz"), folder.file("torch.npz"), "--quiet"], "compare")
    #expect(text.contains("\(testCase.tensors) tensors compared"), "\(text)")
    print("\(testCase.net):", text.split(separator: "\n").suffix(4).joined(separator: "; "))

    let json = try espalier(
      "train", plan, "--data", data, "--steps", "20", "--no-shuffle", "--checkpoint", folder.file("c.ckpt"), "--json",
      "-q")
    try json.write(toFile: folder.file("ours.json"), atomically: true, encoding: .utf8)
    let losses = try oracle.expect(
      "compare_losses.py", [folder.file("ours.json"), folder.file("torch.json")], "losses")
    print("\(testCase.net):", losses.lastLine)
  }
}
