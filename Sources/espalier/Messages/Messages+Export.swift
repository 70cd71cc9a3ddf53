import ONNX
import Report

extension ExportError: Explained {
  var failure: Failure {
    switch self {
    case .model(let error): error.failure
    case .notFinite(let tensor, let index):
      Failure(
        .malformed, "the trained tensor \(tensor) is infinite or not a number at element \(index)",
        advice: "train again with a smaller --lr")
    case .notUnfoldable(let tensor, let channels):
      Failure(
        .malformed,
        "channels \(channels.map(String.init).joined(separator: ", ")) of \(tensor) have no unfolded form: "
          + "their normalization multiplies by zero",
        advice: "export without --unfold")
    case .tooLarge(let bytes):
      Failure(
        .malformed, "the exported model takes \(grouped(bytes)) bytes, more than one ONNX file can hold",
        advice: "train a smaller model")
    case .roundsStill(let node, let op):
      Failure(
        .malformed, "node \(node) (\(op)) computes with integers in a way that has no form in float here",
        advice: "export integers from a plan in an integer mode, without --float, or quantize the model again with "
          + "QuantizeLinear and DequantizeLinear")
    case .outOfRange(let tensor, let index, let value):
      Failure(
        .malformed, "the trained tensor \(tensor) holds \(value) at element \(index), more than 8 bits",
        advice: "compile the plan again from this model")
    case .duplicate, .unknown, .computed, .shared, .elementType, .count, .noClassifier, .cannotFollow, .nameTaken:
      Failure(
        .malformed, "the trained values have no place in the model: \(reason)",
        advice: "freeze that tensor in a policy file, or export the model another way before compiling it")
    }
  }

  private var reason: String {
    switch self {
    case .duplicate(let tensor): "there are two values for tensor \(tensor)"
    case .unknown(let tensor): "it has no tensor \(tensor)"
    case .computed(let tensor, let op): "tensor \(tensor) is computed by a \(op) node"
    case .shared(let tensor): "tensor \(tensor) is read by several nodes"
    case .elementType(let tensor, let type): "tensor \(tensor) has elements of ONNX type \(type)"
    case .count(let tensor, let expected, let found): "tensor \(tensor) has \(expected) elements, not \(found)"
    case .noClassifier(let weight): "no layer has the weight \(weight)"
    case .cannotFollow(let node, let op): "node \(node) (\(op)) cannot follow the new number of classes"
    case .nameTaken(let name): "the name \(name) is taken"
    default: "\(self)"
    }
  }
}
