import Runtime
import Samples

extension ImageError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .notAnImage:
      Failure(.malformed, "\(path) is no plan", advice: "give a file that `espalier compile` wrote").naming(path)
    case .version(let found, let supported):
      Failure(
        .malformed, "\(path) is a plan of format version \(found), this program reads version \(supported)",
        advice: "compile the model again with this program")
    case .length(let stated, let actual):
      Failure(
        .malformed, "\(path) says it has \(stated) bytes and has \(actual)", advice: "copy it again, or compile again")
    case .digest:
      Failure(
        .malformed, "\(path) is damaged: its SHA-256 digest does not match", advice: "copy it again, or compile again")
    // Only runners on boards are built for one plan.
    case .misaligned, .otherImage: .defect(self)
    case .table, .sizes, .tensor, .row, .binding, .variable, .learningRate:
      Failure(
        .malformed, "\(path) contradicts itself: \(place)", advice: "compile the model again with this program")
    }
  }

  private var place: String {
    switch self {
    case .table(let table): "its table of \(table) is outside the file"
    case .tensor(let program, let index): "tensor \(index) of program \(program) is outside its section"
    case .row(let program, let index, let fault): "row \(index) of program \(program): \(fault.text)"
    case .binding(let program, let binding): "the \(binding) of program \(program) is no tensor of the right kind"
    case .variable(let index): "variable \(index) is outside its section"
    case .learningRate(let index): "learning rate \(index) is no finite number"
    default: "its sizes do not go together"
    }
  }
}

extension RowFault {
  fileprivate var text: String {
    switch self {
    case .outsideTable: "it ends outside the table"
    case .unknownOpcode: "its opcode is unknown"
    case .notBuilt: "its kernel is not in this program"
    case .unknownFlags: "its flags are unknown"
    case .operand: "an operand is outside the table of tensors"
    case .refused: "its operands do not suit its operator"
    case .count: "there are more or fewer rows than stated"
    }
  }
}

extension CheckpointError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .notACheckpoint:
      Failure(.malformed, "\(path) is no checkpoint", advice: "give a file that `espalier train` wrote").naming(path)
    case .version(let found, let supported):
      Failure(
        .malformed, "\(path) is a checkpoint of format version \(found), this program reads version \(supported)",
        advice: "train again with this program")
    case .length(let stated, let actual):
      Failure(.malformed, "\(path) says it has \(stated) bytes and has \(actual)", advice: "copy it again")
    case .digest:
      Failure(.malformed, "\(path) is damaged: its SHA-256 digest does not match", advice: "copy it again")
    case .otherPlan:
      Failure(.malformed, "\(path) belongs to another plan", advice: "give the plan that it was trained with")
    case .sizes:
      Failure(.malformed, "\(path) contradicts its plan in size or counters", advice: "train again")
    case .numbers:
      Failure(
        .malformed, "\(path) holds weights or state that are no finite numbers",
        advice: "take an older checkpoint, or train again")
    }
  }
}

extension DataError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .notAPack:
      Failure(
        .malformed, "\(path) is neither packed data nor .npz or .npy",
        advice: "pack it: espalier data pack \(path) -o data.pack"
      ).namingData(path)
    case .version(let found, let supported):
      Failure(
        .malformed, "\(path) is packed data of format version \(found), this program reads version \(supported)",
        advice: "pack it again with this program")
    case .length(let stated, let actual):
      Failure(.malformed, "\(path) says it has \(stated) bytes and has \(actual)", advice: "copy or pack it again")
    case .misaligned: .defect(self)
    case .digest:
      Failure(
        .malformed, "\(path) is damaged: its SHA-256 digest does not match", advice: "copy it again, or pack it again")
    case .header, .table:
      Failure(.malformed, "\(path) contradicts itself", advice: "pack it again with this program")
    case .sampleDiffers(let found, let expected):
      Failure(
        .malformed,
        "\(path) has samples of \(axesText(found.sizes)), the model's input takes \(axesText(expected.sizes))",
        advice: "give samples of that shape, or compile with --input-shape for other sizes")
    case .labelsDiffer:
      Failure(
        .malformed, "\(path) has numbers as labels, and the plan's loss compares with classes",
        advice: "give y as integers of shape N from 0, or compile with --loss mse")
    case .targetsDiffer(let found, let expected):
      Failure(
        .malformed,
        "\(path) has labels of \(axesText(found.sizes)), the plan's loss compares with \(axesText(expected.sizes))",
        advice: "give y as floats of shape N x \(axesText(expected.sizes)), or compile with --loss cross-entropy")
    case .label(let sample, let value, let classes):
      Failure(
        .malformed, "\(path): sample \(sample) has label \(value), the plan's classes are 0 to \(classes - 1)",
        advice: "correct the label, or compile with --classes \(Int(value) + 1) or more")
    case .tooFewSamples(let have, let needed):
      Failure(
        .malformed, "\(path) has \(have) samples where \(needed) are needed",
        advice: "give more samples, or compile with a smaller --batch")
    case .results(let sample):
      .results(path, "what the network gives for sample \(sample)")
    case .readInPlace:
      Failure(
        .malformed, "\(path) passes by, and the plan reads samples where they lie",
        advice: "give packed data, or compile with --samples copied")
    }
  }
}

/// What bytes are multiplied with: `1/255` where it is that, else the number.
func scaleText(_ scale: Float) -> String { scale == 1 / 255 ? "1/255" : "\(scale)" }

/// `3 x 96 x 96`; a shape without axes is one number.
func axesText(_ shape: [Int]) -> String { shape.isEmpty ? "1" : shape.map(String.init).joined(separator: " x ") }
