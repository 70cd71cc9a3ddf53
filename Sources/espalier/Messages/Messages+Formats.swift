import Runtime
import Samples

/// Texts of the runtime as a string.
struct FaultString: FaultText {
  typealias Subject = String

  private(set) var text: String

  init(_ words: StaticCString) { text = String(words) }
  init(about path: String) { text = path }

  static func += (text: inout FaultString, words: StaticCString) { text.text += String(words) }
  static func += (text: inout FaultString, number: UInt64) { text.text += "\(number)" }
}

extension String {
  /// A text of the runtime.
  init(_ words: StaticCString) { self = String(cString: words.utf8) }
}

extension Failure: ToldFault {
  init(_ kind: FaultKind, _ text: FaultString, next: StaticCString) {
    guard let status = ExitStatus(rawValue: kind.exitCode) else { fatalError("no exit status \(kind.exitCode)") }
    self.init(status, text.text, advice: String(next))
  }
}

extension ImageError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .notAnImage: .image(path, self).naming(path)
    // Only runners on boards are built for one plan.
    case .misaligned, .otherImage: .defect(self)
    case .table, .sizes, .tensor, .row, .binding, .variable, .learningRate:
      Failure(
        .malformed, "\(path) contradicts itself: \(place)", advice: "compile the model again with this program")
    default: .image(path, self)
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
    let failure = Failure.checkpoint(path, self)
    return self == .notACheckpoint ? failure.naming(path) : failure
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
    case .misaligned: .defect(self)
    case .targetsDiffer(_, let expected):
      Failure.data(path, self).advising(
        "give y as floats of shape N x \(axesText(expected.sizes)), or compile with --loss cross-entropy")
    case .label(_, let value, _):
      Failure.data(path, self).advising("correct the label, or compile with --classes \(Int(value) + 1) or more")
    default: .data(path, self)
    }
  }
}

/// What bytes are multiplied with: `1/255` where it is that, else the number.
func scaleText(_ scale: Float) -> String { scale == 1 / 255 ? "1/255" : "\(scale)" }

/// `3 x 96 x 96`; a shape without axes is one number.
func axesText(_ shape: [Int]) -> String { shape.isEmpty ? "1" : shape.map(String.init).joined(separator: " x ") }
