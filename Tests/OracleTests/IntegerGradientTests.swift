import Support
import Testing

/// Gradients of int8 networks straight through their rounding, against PyTorch's autograd of the same graph.
///
/// Float gradients have to be those of the oracle; those in 8 bits are compared with them.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct IntegerGradientTests {
  static let policies = SchemeTests.schemes.map(\.0) + ["full", "last-6"]

  /// A network as published.
  @Test(.enabled(if: PublishedNetwork.isThere, "needs ../shared/data"), arguments: policies)
  func straightThroughGradientsAgree(policy: String) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    try PublishedNetwork.writePolicies(into: folder)
    let isScheme = SchemeTests.schemes.contains { $0.0 == policy }
    try compareGradients(
      oracle, PublishedNetwork.model, size: 128, policy: isScheme ? folder.file(policy + ".json") : policy, folder)
  }

  /// Networks that `quantize` made.
  @Test(arguments: ["mobilenetv2", "efficientnet-lite0"], ["full", "last-6"])
  func straightThroughGradientsOfQuantizedNetworksAgree(net: String, policy: String) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (data, model) = (folder.file("calibration.npz"), folder.file("q.onnx"))
    try oracle.expect("make_batch.py", ["--count", "32", "-o", data], "make_batch")
    try espalier("quantize", oracle.model(net), "--data", data, "-o", model, "-q")
    try compareGradients(oracle, model, size: nil, policy: policy, folder)
  }

  private func compareGradients(
    _ oracle: Oracle, _ model: String, size: Int?, policy: String, _ folder: ScratchFolder
  ) throws {
    let data = folder.file("x.npz")
    try oracle.expect(
      "make_batch.py",
      ["--count", "1", "--classes", "10", "--seed", "3", "-o", data] + (size.map { ["--size", "\($0)"] } ?? []),
      "make_batch")
    for mode in ["i8f", "i8"] {
      let plan = folder.file(mode + ".plan")
      try espalier(
        "compile", model, "-o", plan, "--mode", mode, "--classes", "10", "--policy", policy, "--cap", "none", "-q")
      try espalier("gradients", plan, "--data", data, "-o", folder.file(mode + ".npz"), "-q")
    }
    try espalier("export", folder.file("i8f.plan"), "-o", folder.file("start.onnx"), "-q")
    try oracle.expect(
      "ste_gradients.py",
      [
        model, "--policy", policy, "--data", data, "--head", folder.file("start.onnx"), "-o", folder.file("torch.npz"),
      ], "straight-through gradients")
    let float = try oracle.expect("compare_ste.py", [folder.file("i8f.npz"), folder.file("torch.npz")], "i8f")
    let integer = try oracle.expect(
      "compare_ste.py", [folder.file("i8.npz"), folder.file("i8f.npz"), "--cosine", "0.85", "--mean", "0.99"], "i8")
    for (mode, text) in [("i8f", float), ("i8", integer)] { print(policy, mode, text, separator: "\n", terminator: "") }
  }

  /// ONNX Runtime computes the same integers, but for roundings that fall the other way by one step.
  @Test(.enabled(if: PublishedNetwork.isThere, "needs ../shared/data"), arguments: ["i8", "i8t"])
  func exportedIntegersAreTheSame(mode: String) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (data, checkpoint, model) = (folder.file("x.npz"), folder.file("c.ckpt"), folder.file("t.onnx"))
    try oracle.expect(
      "make_batch.py", ["--count", "16", "--classes", "10", "--size", "128", "-o", data], "make_batch")
    try espalier(
      "compile", PublishedNetwork.model, "-o", folder.file("p.plan"), "--mode", mode, "--classes", "10", "--policy",
      "last-6", "--batch", "4", "--cap", "none", "-q")
    try espalier("train", folder.file("p.plan"), "--data", data, "--steps", "4", "--checkpoint", checkpoint, "-q")
    try espalier("export", folder.file("p.plan"), "--checkpoint", checkpoint, "-o", model, "-q")
    // Features in front of the classifier become the logits of both.
    let features = folder.file("f.onnx")
    let step = try oracle.expect("identity_head.py", [model, "-o", features], "identity").lastLine
    try espalier(
      "compile", features, "-o", folder.file("f.plan"), "--mode", "i8", "--policy", "head", "--batch", "4", "--cap",
      "none", "-q")
    try espalier("predict", folder.file("f.plan"), "--data", data, "-o", folder.file("ours.npz"), "-q")
    try oracle.expect("ort_predict.py", [features, data, "-o", folder.file("ort.npz")], "ort")
    let text = try oracle.expect(
      "compare_steps.py", [folder.file("ours.npz"), folder.file("ort.npz"), "--step", step], "steps")
    print(mode, text, terminator: "")
  }
}
