import CPlatform
import Foundation
import Report
import Runtime
import Samples

extension DataFileError: Explained {
  var failure: Failure {
    switch self {
    case .notFound(let path): .notFound(path)
    case .cannotRead(let path, let cause): .cannotRead(path, cause)
    case .cannotWrite(let path, let cause): .cannotWrite(path, cause)
    case .malformed(let path, let what):
      Failure(
        .malformed, "\(path): \(what.text)", advice: "write the file again; this one is damaged or of another kind"
      ).namingData(path)
    case .emptyFolder, .unreadableImage, .sizesDiffer, .notAPicture, .labelledByFolders, .fileName, .unknownKind,
      .noSamples, .tooLarge, .noMemory, .normalization, .outOfRange:
      sourceFailure
    case .missingArray, .arrayType, .arrayShape, .notFinite, .countsDiffer, .classShape, .labelNegative,
      .labelOutOfRange, .labelsNotFound:
      arrayFailure
    }
  }

  private var sourceFailure: Failure {
    switch self {
    case .unknownKind(let path):
      Failure(
        .malformed, "\(path) is neither a folder, nor .npz, .npy or IDX",
        advice: "give a folder with one sub-folder a class, or an .npz file with x and y"
      ).namingData(path)
    case .emptyFolder(let path, let holds):
      Failure(
        .malformed, "\(path) holds no pictures in PNG or JPEG" + (holds.isEmpty ? "" : ", but \(some(holds))"),
        advice: "give a folder with one sub-folder a class, each with .png or .jpg files")
    case .unreadableImage(let path, let reason):
      Failure(.malformed, "\(path) cannot be read as a picture: \(reason)", advice: "replace the file, or remove it")
    case .sizesDiffer(let path, let width, let height, let expectedWidth, let expectedHeight):
      Failure(
        .malformed, "\(path) is \(width) x \(height) pixels, the first picture is \(expectedWidth) x \(expectedHeight)",
        advice: "give --size N to bring all of them to N x N")
    case .notAPicture(let path, let option):
      Failure(.usage, "\(path) holds arrays, for which there is no --\(option)", advice: "leave out --\(option)")
    case .labelledByFolders(let path):
      Failure(
        .usage, "the classes of \(path) are its sub-folders, for which there is no --labels",
        advice: "leave out --labels")
    case .fileName(let path, let name):
      Failure(
        .malformed, "\(path) holds a file whose name is not UTF-8: \(name)", advice: "rename it, or move it away")
    case .normalization(let path, let option, let values, let shape):
      Failure(
        .usage, "--\(option) \(list(values)) does not go with the channels of \(path), samples of \(axesText(shape))",
        advice: "give one number, or one a channel" + (option == "std" ? ", all above 0" : ""))
    case .outOfRange(let path):
      Failure(
        .usage, "samples of \(path) are no finite numbers once they are scaled and normalized",
        advice: "give --scale, --mean and --std of the size of the values")
    case .tooLarge(let path):
      Failure(.malformed, "\(path) holds more than the format can", advice: "take fewer samples: --limit N")
    case .noMemory(let path, let bytes, let available):
      Failure(
        .overCap, "\(path) unpacks to \(grouped(bytes)) bytes, and \(grouped(available)) are free",
        advice: "free memory, or take a part of the samples")
    case .noSamples(let path):
      Failure(.malformed, "\(path) holds no samples", advice: "give at least one sample")
    default: .defect(self)
    }
  }

  private var arrayFailure: Failure {
    switch self {
    case .missingArray(let path, let name, let present):
      Failure(
        .malformed,
        "\(path) has no array \(name), it has \(listing(present))",
        advice: "write it with numpy.savez(\"data.npz\", x=samples, y=classes)"
      ).namingData(path)
    case .arrayType(let path, let name, let type):
      Failure(
        .malformed, "\(path): array \(name) has elements of type \(type)",
        advice: "store x as float32 or uint8, y as integers or float32, with numpy's astype")
    case .arrayShape(let path, let name, let shape):
      Failure(
        .malformed,
        "\(path): array \(name) " + (shape.isEmpty ? "is a single number" : "has the shape \(shapeText(shape))"),
        advice: "give x the shape N x the model's input, and y the shape N, or N x the model's output for targets")
    case .notFinite(let path, let sample):
      Failure(
        .malformed, "\(path): sample \(sample) has a value that is infinite or not a number",
        advice: "clean the sample, or remove it")
    case .countsDiffer(let path, let samples, let labels):
      Failure(.malformed, "\(path): \(samples) samples, but \(labels) labels", advice: "give every sample one label")
    case .classShape(let path, let shape, let type):
      Failure(
        .malformed,
        "\(path): array y has integers (\(type)) of shape \(shapeText(shape)), where a sample has one class",
        advice: "give classes as integers of shape N or N x 1, one-hot rows as y.argmax(1), and targets as float32")
    case .labelNegative(let path, let index, let value):
      Failure(.malformed, "\(path): label \(index) is \(value)", advice: "number the classes from 0")
    case .labelOutOfRange(let path, let index, let value, let classes):
      Failure(
        .malformed, "\(path): label \(index) is \(value), the classes are 0 to \(classes - 1)",
        advice: "number the classes from 0")
    case .labelsNotFound(let path, let expected):
      Failure(
        .notFound, "\(path): no labels for these pictures" + (expected.map { ", looked for \($0)" } ?? ""),
        advice: "name them: --labels FILE")
    default: .defect(self)
    }
  }
}

extension Malformation {
  fileprivate var text: String {
    switch self {
    case .empty: "is empty"
    case .truncated: "ends before the bytes that it announces"
    case .trailing: "goes on behind the bytes that it announces"
    case .notNumPy: "is no NumPy array"
    case .numPyHeader: "the header of a NumPy array is damaged"
    case .notZip: "is no .npz archive"
    case .zipDirectory: "the directory of the archive is damaged"
    case .zipRepeated(let entry): "the archive has two entries \(entry)"
    case .zipOverlap(let entry): "\(entry) shares bytes with another entry of the archive"
    case .zipMethod(let entry, let method): "\(entry) is compressed by method \(method), which is not deflate"
    case .compression: "compressed bytes are damaged"
    case .checksum(let entry): "\(entry) is damaged: its checksum differs"
    case .notIDX: "is no IDX file"
    case .idxType(let type): "holds elements of IDX type \(type), not unsigned bytes"
    case .idxDimensions: "has dimensions that do not go with pictures or classes"
    }
  }
}

extension Failure {
  static func notFound(_ path: String) -> Failure { .reading(path, FileError(cause: cp_errno_not_found)) }

  static func cannotRead(_ path: String, _ cause: Int32) -> Failure {
    if cause == ENOTDIR { return .notFound(path) }
    if cause == EISDIR {
      return Failure(.malformed, "\(path) is a folder, not a file", advice: "name a file, or write one of it first")
    }
    return .reading(path, FileError(cause: cause))
  }

  static func inUse(_ path: String) -> Failure { .writing(path, FileError(cause: cp_errno_busy)) }

  /// A file that cannot come into being, or one whose writing failed half-way.
  static func cannotWrite(_ path: String, _ cause: Int32) -> Failure {
    if cause == ENXIO {
      return Failure(
        .cannotCreate, "nobody reads from the pipe \(path)", advice: "start its reader first, or name a file")
    }
    return .writing(path, FileError(cause: cause))
  }
}

/// The first few of many names, and how many more there are.
func some(_ names: [String]) -> String {
  let shown = names.prefix(names.count <= 4 ? 4 : 3)
  let more = names.count - shown.count
  return shown.joined(separator: ", ") + (more > 0 ? " and \(grouped(more)) more" : "")
}

/// `1x3x96x96`.
func shapeText(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }

/// The first names of a list that may be long.
private func listing(_ names: [String]) -> String {
  guard !names.isEmpty else { return "none" }
  let first = names.prefix(12).joined(separator: ", ")
  return names.count > 12 ? "\(first) and \(grouped(names.count - 12)) more" : first
}

private func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ",") }
