import CEspalier
import Runtime

/// Where the predictions of so many samples go.
struct Predictions {
  private let logits: Elements<Float>?
  private let classes: Elements<Int32>?
  private let probabilities: Elements<Float>?
  private let outputs: Int

  init(
    _ predictions: UnsafePointer<espalier_predictions>?, _ count: Int, _ open: borrowing OpenPlan
  ) throws(Failure) {
    guard let request = unsafe predictions?.pointee else { throw .null("predictions") }
    outputs = open.outputs
    logits = try unsafe room("logits", request.logits, request.logits_bytes, count, open.outputs)
    classes = try unsafe room("classes", request.classes, request.classes_bytes, count, 1)
    probabilities = try unsafe room("probabilities", request.probabilities, request.probabilities_bytes, count, 1)
    guard open.image.classes > 0 || classes == nil && probabilities == nil else { throw .noClasses }
  }

  /// Notes what the network gives sample `index`.
  func note(_ index: Int, _ row: Elements<Float>) {
    logits?.from(index &* outputs).first(outputs).copy(row)
    guard classes != nil || probabilities != nil else { return }
    let best = row.largest(of: outputs)
    classes?[index] = Int32(best)
    guard let probabilities else { return }
    var sum: Float = 0
    for output in 0..<outputs { sum += Float.exp(row[output] - row[best]) }
    probabilities[index] = 1 / sum
  }
}

/// Memory for `count` rows of results; nil where none are wanted.
private func room<T: BitwiseCopyable>(
  _ name: StaticCString, _ pointer: UnsafeMutablePointer<T>?, _ bytes: Int, _ count: Int, _ width: Int
) throws(Failure) -> Elements<T>? {
  guard let pointer = unsafe pointer else { return nil }
  guard Int(bitPattern: pointer) % MemoryLayout<T>.alignment == 0 else {
    var text = ErrorText(name)
    text += " is not aligned to its elements"
    throw Failure(ESPALIER_USAGE, text, next: "pass an array of the type in espalier.h")
  }
  let elements = count.multipliedReportingOverflow(by: width)
  let needed = UInt64(elements.partialValue.magnitude).multipliedReportingOverflow(by: UInt64(MemoryLayout<T>.size))
  guard count >= 0, !elements.overflow, !needed.overflow, bytes >= 0, needed.partialValue <= UInt64(bytes) else {
    throw .size(name, bytes, elements.overflow || needed.overflow ? .max : needed.partialValue)
  }
  return unsafe Elements(base: pointer, count: elements.partialValue)
}

@c @implementation
public func espalier_predict(
  _ session: OpaquePointer!, _ count: Int, _ samples: UnsafeRawPointer!, _ samples_bytes: Int,
  _ predictions: UnsafePointer<espalier_predictions>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    let batch = try unsafe open.samples(count, samples, samples_bytes, nil)
    let results = try unsafe Predictions(predictions, count, open)
    do throws(DataError) { try session.predict(batch) { index, row in results.note(index, row) } } catch {
      throw .data(ErrorContext("samples"), error)
    }
  }
}
