import ONNX
import Quantize
import Report

extension QuantizeError: Explained {
  var failure: Failure {
    switch self {
    case .alreadyQuantized(let path):
      Failure(
        .malformed, "\(path) is quantized already", advice: "compile it as it is: espalier compile \(path) --mode i8")
    case .nothingToQuantize(let path, let layers):
      Failure(
        .malformed,
        layers.isEmpty
          ? "\(path) has no layer to quantize: no Conv, Gemm or MatMul with constant weights in front of the classifier"
          : "\(path) has no layer that has a form in integers:\n"
            + layers.prefix(8).map { "  \($0.node) \($0.reason)" }.joined(separator: "\n")
            + (layers.count > 8 ? "\n  and \(counted(layers.count - 8, "more layer"))" : ""),
        advice: "train it in float: espalier compile \(path) --mode f32")
    case .inputs(let path, let names):
      Failure(
        .malformed, "\(path) has \(names.isEmpty ? "no input" : "the inputs \(names.joined(separator: ", "))")",
        advice: "export a model with exactly one input; constants belong into initializers")
    case .notFinite(let tensor):
      Failure(
        .malformed, "tensor \(tensor) becomes infinite or not a number on these samples",
        advice: "check that the samples are normalized as in training: espalier data pack --mean A,B,C --std A,B,C")
    case .noRange: .defect(self)
    }
  }
}
