import Foundation
import Samples
import Support
import Testing

@testable import ONNX

/// `quantize`, and `compile --calibration-data`.
struct QuantizeTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
  }

  @Test func theReportHasItsKeys() throws {
    let report = try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "--json").json
    let fixed: Set<String> = [
      "schema", "model", "output", "bytes", "calibration", "samples", "integer_layers", "float_layers", "equalization",
      "bias_correction", "snr_db", "cosine", "layers",
    ]
    #expect(Set(report.keys) == fixed)
    #expect(report["output"] as? String == "m.int8.onnx" && report["samples"] as? Int == 48)
    #expect(report["integer_layers"] as? Int == 3 && report["calibration"] as? String == "mse")
    #expect(try #require(report["cosine"] as? Double) > 0.999)
    let layers = try #require(report["layers"] as? [[String: Any]])
    for layer in layers { #expect(Set(layer.keys) == ["name", "scale", "zero_point", "snr_db", "cosine"]) }
    #expect(layers.compactMap { $0["name"] as? String } == ["x", "c", "e", "g", "h", "i"])
    #expect(try report["bytes"] as? Int == scratch.read("m.int8.onnx").count)
  }

  @Test func everyOptionIsUnderstood() throws {
    let result = try scratch.espalier(
      "quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx", "--calibration", "percentile", "--percentile", "99.9",
      "--samples", "16", "--equalization", "off", "--bias-correction", "on", "--json")
    #expect(result.json["samples"] as? Int == 16 && result.json["calibration"] as? String == "percentile")
    #expect(result.json["bias_correction"] as? Bool == true && result.json["equalization"] as? Bool == false)
  }

  @Test func splitSamplesAreThoseForTraining() throws {
    #expect(try scratch.espalier("data", "pack", "d.npz", "-o", "d.pack", "--split", "0.5").status == 0)
    let report = try scratch.espalier("quantize", "m.onnx", "--data", "d.pack", "--json").json
    #expect(report["samples"] as? Int == 24)
  }

  @Test func samplesAreNeeded() throws {
    expectRefusal(try scratch.espalier("quantize", "m.onnx", "--data", "none.npz"), 66, "none.npz")
    let result = try scratch.espalier("quantize", "m.onnx")
    #expect(result.status == 64 && result.errors.contains("--data"))
    #expect(try !scratch.names.contains("m.int8.onnx"))
  }

  @Test func samplesOfAnotherShapeAreRefused() throws {
    var file = NPZ()
    file["x"] = NumPyArray([2, 3, 4, 4], floats: [Float](repeating: 0, count: 96))
    try scratch.write("small.npz", file.encoded(path: "small.npz"))
    expectRefusal(try scratch.espalier("quantize", "m.onnx", "--data", "small.npz"), 65, "small.npz", "4 x 4")
    #expect(try !scratch.names.contains("m.int8.onnx"))
  }

  @Test func aQuantizedModelIsRefused() throws {
    #expect(try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx").status == 0)
    expectRefusal(
      try scratch.espalier("quantize", "q.onnx", "--data", "d.npz"), 65, "q.onnx is quantized already",
      "espalier compile q.onnx --mode i8")
  }

  @Test func aModelWithoutLayersIsRefused() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 3, 8, 8])
    maker.node("Relu", ["x"], "y")
    try scratch.writeModel("m.onnx", maker)
    expectRefusal(try scratch.espalier("quantize", "m.onnx", "--data", "d.npz"), 65, "no layer to quantize")
  }

  @Test func layersThatStayFloatAreNamed() throws {
    var maker = ModelMaker()
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 3])
    maker.weight("w", [3, 3, 1, 1])
    maker.node("Conv", ["x", "w"], "a")
    maker.node("Relu", ["a"], "b")
    maker.node("Conv", ["b", "w"], "c")
    maker.node("Relu", ["c"], "d")
    func write(_ last: String, _ maker: ModelMaker) throws {
      var maker = maker
      maker.node("GlobalAveragePool", [last], "e")
      maker.node("Flatten", ["e"], "f")
      maker.weight("fc", [3, 3])
      maker.node("Gemm", ["f", "fc"], "y")
      try scratch.writeModel("m.onnx", maker)
    }
    try write("d", maker)
    let refused = try scratch.espalier("quantize", "m.onnx", "--data", "d.npz")
    expectRefusal(refused, 65, "a node has the weight w, which is read more than once", "c node has the weight w")
    #expect(!refused.errors.contains("no layer to quantize"))

    maker.weight("v", [3, 3, 1, 1])
    maker.node("Conv", ["d", "v"], "g")
    maker.node("Relu", ["g"], "i")
    try write("i", maker)
    let text = try scratch.espalier("quantize", "m.onnx", "--data", "d.npz")
    #expect(text.status == 0 && text.output.contains("a node stays in float: it has the weight w"))
    let report = try scratch.espalier("quantize", "m.onnx", "--data", "d.npz", "--json").json
    let layers = try #require(report["float_layers"] as? [[String: Any]])
    #expect(layers.compactMap { $0["node"] as? String } == ["a node", "c node"])
    #expect(report["integer_layers"] as? Int == 1)
    let compiled = try scratch.espalier(
      "compile", "m.onnx", "-o", "p.plan", "--mode", "i8", "--calibration-data", "d.npz", "--batch", "4")
    #expect(compiled.status == 0 && compiled.errors.contains("c node stays in float"))
  }

  @Test func valuesThatMakeNoSenseAreRefused() throws {
    for option in [
      ["--samples", "0"], ["--percentile", "20"], ["--calibration", "mean"], ["--equalization", "maybe"],
    ] {
      let result = try Command.espalier.run(["quantize", "m.onnx", "--data", "d.npz"] + option, in: scratch.path)
      #expect(result.status == 64 && result.errors.contains(option[0]), "\(result.errors)")
    }
  }

  // MARK: compile

  @Test func compilingQuantizesFirst() throws {
    let result = try scratch.espalier(
      "compile", "m.onnx", "-o", "p.plan", "--mode", "i8", "--calibration-data", "d.npz", "--classes", "3", "--batch",
      "4", "--lr", "0.05", "--steps", "60")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try scratch.names.contains("p.int8.onnx"))
    let trained = try scratch.espalier("train", "p.plan", "--data", "d.npz", "--epochs", "5", "--json").json
    let losses = try #require(trained["losses"] as? [Double])
    #expect(try #require(losses.last) < 0.7 * losses[0])
    // The plan is that of the quantized file.
    let again = try scratch.espalier(
      "compile", "p.int8.onnx", "-o", "q.plan", "--mode", "i8", "--classes", "3", "--batch", "4", "--lr", "0.05",
      "--steps", "60")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try scratch.read("p.plan") == scratch.read("q.plan"))
  }

  @Test func aPlanWithoutPlaceForItsModelIsRefused() throws {
    let arguments = ["compile", "m.onnx", "--mode", "i8", "--calibration-data", "d.npz", "--classes", "3"]
    expectRefusal(try Command.espalier.run(arguments + ["-o", "-"], in: scratch.path), 64, "beside the plan")
    expectRefusal(try Command.espalier.run(arguments + ["--keep-batchnorm"], in: scratch.path), 64, "--keep-batchnorm")
    #expect(try scratch.names.allSatisfy { !$0.hasSuffix(".int8.onnx") })
  }

  @Test func calibrationDataAreForIntegers() throws {
    expectRefusal(
      try scratch.espalier("compile", "m.onnx", "--mode", "f32", "--calibration-data", "d.npz"), 64,
      "--calibration-data")
    expectRefusal(try scratch.espalier("compile", "m.onnx", "--mode", "i8"), 64, "--calibration-data DATA")
  }
}
