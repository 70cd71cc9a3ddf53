import Foundation
import Support
import Testing

/// ONNX's checker and ONNX Runtime on quantized networks: valid, the right integers, near to float, and near to what the
/// integer layers of a plan compute.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct QuantizeTests {
  @Test(arguments: [
    ("mobilenetv2", 52, "minmax"), ("mobilenetv2", 52, "mse"), ("efficientnet-lite0", 49, "mse"),
    ("efficientnet-lite0", 49, "percentile"),
  ])
  func quantizedNetworksComeNearToFloat(net: String, layers: Int, calibration: String) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (data, model, plan) = (folder.file("x.npz"), folder.file("q.onnx"), folder.file("p.plan"))
    try oracle.expect("make_batch.py", ["--count", "32", "-o", data], "make_batch")
    try espalier(
      "quantize", oracle.model(net), "--data", data, "-o", model, "--calibration", calibration, "--samples", "32", "-q")
    try espalier(
      "compile", model, "-o", plan, "--mode", "i8", "--policy", "head", "--batch", "4", "--cap", "none", "-q")
    try espalier("predict", plan, "--data", data, "-o", folder.file("ours.npz"), "-q")
    let text = try oracle.expect(
      "compare_quantized.py",
      [
        oracle.model(net), model, data, "--layers", "\(layers)", "--predictions", folder.file("ours.npz"),
      ], "compare")
    print(net, calibration, text, terminator: "")
  }
}
