import Measure
import ONNX
import Runtime
import Samples

/// Why the library cannot do what it was asked; facts only.
public enum EspalierError: Error {
  /// The system's error number.
  case cannotRead(path: String, cause: Int32)
  case cannotWrite(path: String, cause: Int32)
  /// A checkpoint that another training writes.
  case inUse(path: String)

  case unknownTarget(name: String, known: [String])
  case board(path: String, reason: String)
  /// A runner for this target cannot be linked in the way that was asked for.
  case linkage(target: String, possible: [String])
  /// A plan in a number format that the target cannot run.
  case mode(target: String, mode: String, possible: [String])

  case image(path: String, ImageError)
  /// An image without the description that the host needs.
  case metadata(path: String, reason: String)
  case checkpoint(path: String, CheckpointError)
  case run(RunError)
  /// Threads that the system has not got.
  case threads(count: Int, cause: Int32)
  /// A plan that the image has not got.
  case unknownPlan(name: String, known: [String])
  /// Another plan within a window of batches, which belongs to one.
  case withinWindow(name: String)

  /// A ring that such samples cannot be appended to.
  case ring(path: String, RingDifference)

  case samples(DataFileError)
  /// Samples that do not go with the plan, or packed data that is damaged.
  case data(path: String, DataError)
  /// Samples of another shape than a model's input; `picture` is what pictures must be, height x width x channels.
  case sampleShape(path: String, found: [Int], input: String, expected: [Int], picture: [Int]?)
  /// Results of a network that are infinite or no numbers; `what` names them.
  case results(path: String, what: String)
  /// The loss became infinite or no number.
  case diverged(step: Int)
  /// A seed other than that of the checkpoint that training goes on from.
  case seedDiffers(given: UInt64, checkpoint: UInt64)

  /// Times of a board that are none of a plan.
  case measured(path: String, MeasuredFault)

  /// The model that a plan was compiled from is at none of these paths.
  case modelNotFound(searched: [String])
  /// Another file than the one the plan was compiled from.
  case modelDiffers(path: String)
  /// A plan that was not compiled from a file.
  case noModel
  /// A trained tensor that the model has not got, or has with another shape.
  case tensor(name: String)
  case `import`(ImportError)
  case export(ExportError)
}
