import Foundation
import Support
import Testing

/// A sample is what the model takes: its own shape and order from calibration to predictions, against ONNX Runtime.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct SampleShapeTests {
  @Test func samplesOfEveryOrderCompileTrainAndPredict() throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let names = try oracle.expect("sample_shapes.py", [folder.path], "models").split(separator: "\n").map(String.init)
    #expect(names.count == 14)
    for name in names {
      let (plan, ours) = (folder.file("\(name).plan"), folder.file("ours.npz"))
      try espalier(
        "compile", folder.file("\(name).onnx"), "-o", plan, "--mode", "f32", "--batch", "4", "--cap", "none", "-q")
      func compare(_ data: String, _ expected: String) throws {
        try espalier("predict", plan, "--data", data, "-o", ours, "-q")
        try oracle.expect("compare_predictions.py", [ours, folder.file(expected), "--tolerance", "1e-4"], data)
      }
      for form in ["", "-flat", "-axes"] {
        try compare(folder.file("\(name)\(form).npz"), "\(name)-expected.npz")
        // Whatever way they were given, samples are the same to training.
        try espalier("gradients", plan, "--data", folder.file("\(name)\(form).npz"), "-o", folder.file("g\(form).npz"))
        #expect(try folder.read("g\(form).npz") == folder.read("g.npz"), "\(name)\(form)")
      }
      try compare(folder.file("\(name)-bytes.npz"), "\(name)-bytes-expected.npz")
      try espalier("data", "pack", folder.file("\(name).npz"), "-o", folder.file("d.pack"), "-q")
      try compare(folder.file("d.pack"), "\(name)-expected.npz")
    }
  }

  /// Nets over rows and their like are quantized with the samples that they are then trained on.
  @Test(arguments: ["ncl", "nlc", "nchw", "nhwc", "nwhc", "spectrum"])
  func theSameSamplesQuantizeTrainAndExport(name: String) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    try oracle.expect("sample_shapes.py", [folder.path], "models")
    let data = folder.file("\(name).npz")
    let (quantized, plan, trained) = (folder.file("q.onnx"), folder.file("p.plan"), folder.file("t.onnx"))
    try espalier("quantize", folder.file("\(name).onnx"), "--data", data, "-o", quantized, "-q")
    func agrees(_ model: String, _ checkpoint: String...) throws {
      let result = try Command.espalier.run(
        ["predict", plan, "--data", data, "-o", folder.file("ours.npz"), "-q"] + checkpoint)
      try #require(result.status == 0, "\(result.errors)")
      try oracle.expect("ort_predict.py", [model, data, "-o", folder.file("theirs.npz")], "predict")
      try oracle.expect(
        "compare_predictions.py", [folder.file("ours.npz"), folder.file("theirs.npz"), "--tolerance", "0.06"], name)
    }
    for mode in ["i8", "i8f", "f32"] {
      try espalier("compile", quantized, "-o", plan, "--mode", mode, "--batch", "4", "--cap", "none", "-q")
      try agrees(quantized)
    }
    try espalier(
      "compile", quantized, "-o", plan, "--mode", "i8", "--batch", "4", "--steps", "20", "--cap", "none", "-q")
    try espalier("train", plan, "--data", data, "--checkpoint", folder.file("c.ckpt"), "-q")
    try espalier("export", plan, "--checkpoint", folder.file("c.ckpt"), "-o", trained, "-q")
    try agrees(trained, "--checkpoint", folder.file("c.ckpt"))
  }
}
