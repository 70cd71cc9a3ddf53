import ONNX
import Report

extension ImportError: Explained {
  var failure: Failure {
    switch self {
    case .notFound(let path): .notFound(path)
    case .cannotRead(let path, let cause): .cannotRead(path, cause)
    case .truncated(let path, let bytes, let needed):
      Failure(
        .malformed, "\(path) is cut short: it has \(bytes) bytes and needs at least \(needed)",
        advice: "copy or export the model again"
      ).namingModel(path)
    case .malformed(let path, let offset):
      Failure(
        .malformed, "\(path) is no ONNX file: what begins at byte \(offset) is none of its messages",
        advice: "copy or export the model again"
      ).namingModel(path)
    case .noGraph(let path):
      Failure(.malformed, "\(path) holds no graph with an output", advice: "export the model again").namingModel(path)
    case .opset(let path, let found):
      Failure(
        .malformed,
        "\(path) uses opset \(found), \(ONNXModel.opsets.lowerBound) to \(ONNXModel.opsets.upperBound) are understood",
        advice: "export it with opset_version=17, or convert it with onnx.version_converter")
    case .tensor(let path, let name, let fault):
      Failure(.malformed, "\(path): tensor \(name) \(fault.text)", advice: fault.advice)
    case .inputShapeUnknown, .inputShapeMismatch, .duplicateInput, .nodes, .output: graphFailure
    case .invalidGraph: .defect(self)
    }
  }

  private var graphFailure: Failure {
    switch self {
    case .inputShapeUnknown(let name, let dims):
      Failure(
        .malformed, "the model leaves the shape of its input \(name) open: \(dims.joined(separator: " x "))",
        advice:
          "give it: --input-shape \(dims.indices.map { $0 == 0 ? "1" : $0 == 1 ? "3" : "96" }.joined(separator: "x"))"
      )
    case .inputShapeMismatch(let name, let dims, let wanted):
      Failure(
        .usage, "--input-shape \(shapeText(wanted)) does not go with input \(name): \(dims.joined(separator: " x "))",
        advice: "give as many sizes, and those that the model fixes")
    case .duplicateInput(let name):
      Failure(.malformed, "the model has two inputs of the name \(name)", advice: "export it again")
    case .nodes(let problems):
      Failure(
        .malformed,
        "\(counted(problems.count, "node")) cannot be imported\n"
          + problems.prefix(8).map(\.line).joined(separator: "\n"),
        advice: (problems.count > 8 ? "`espalier check` lists all of them; " : "")
          + "replace \(problems.count > 1 ? "them" : "it"), or export the model another way")
    case .output(let name, let fault):
      Failure(
        .malformed, "the model's output \(name) cannot be given: \(fault)", advice: "export it with another output")
    default: .defect(self)
    }
  }
}

extension ONNXModel {
  /// Says that the file was exported for training, where it was.
  func noteTraining(_ common: CommonOptions) {
    guard let first = trainingNodes.first else { return }
    let rest = trainingNodes.count > 1 ? " and \(trainingNodes.count - 1) more" : ""
    common.note("\(path) was exported for training; \(first)\(rest) are read as in inference")
  }
}

extension NodeProblem {
  fileprivate var line: String {
    "  \(node) (\(domain.isEmpty || domain == "ai.onnx" ? op : "\(domain).\(op)")): \(fault)"
  }
}

extension TensorFault {
  var text: String {
    switch self {
    case .elementType(let type): "has elements of ONNX type \(type), which are not supported"
    case .shape(let shape): "has the shape \(shapeText(shape)), which no tensor can have"
    case .byteCount(let expected, let found): "needs \(expected) bytes and has \(found)"
    case .notFinite(let index): "is infinite or not a number at element \(index)"
    case .duplicate: "is there twice"
    case .externalPath(let path): "keeps its values in \(path), which is outside the model's folder"
    case .externalNotFound(let path): "keeps its values in \(path), which is not there"
    case .externalUnreadable(let path, let cause):
      "keeps its values in \(path), which cannot be read: \(systemText(cause))"
    case .externalRange(let path, let offset, let bytes):
      "keeps \(bytes) bytes from byte \(offset) of \(path), which is shorter"
    case .externalNumber(let path, let key, let value): "keeps its values in \(path) at the \(key) \"\(value)\""
    case .externalLength(let path, let expected, let found):
      "needs \(expected) bytes and has \(found) of \(path)"
    }
  }

  fileprivate var advice: String {
    switch self {
    case .elementType: "export the model in float32"
    case .notFinite: "train or export the model again; such a weight spoils every result"
    case .externalNotFound, .externalUnreadable, .externalRange: "copy the external data file too"
    case .externalPath: "save the model again with its data in its own folder, or in one file"
    case .externalNumber, .externalLength: "save the model again, with its external data"
    case .shape, .byteCount, .duplicate: "copy or export the model again"
    }
  }
}
