import CEspalier
import Runtime

/// Samples of the caller, checked against the plan; labels where they are wanted.
extension OpenPlan {
  func samples(
    _ count: Int, _ samples: UnsafeRawPointer?, _ samplesBytes: Int, _ labels: (UnsafeRawPointer?, Int)?
  ) throws(Failure) -> MemorySamples {
    let inputs = try unsafe memory("samples", samples, samplesBytes, count, of: form.bytes)
    var answers: Bytes?
    if let labels = unsafe labels, hasLabels {
      answers = try unsafe memory("labels", labels.0, labels.1, count, of: form.labelBytes)
    }
    do throws(DataError) {
      return try MemorySamples(inputs, labels: answers, count: count, form, for: image)
    } catch { throw .data(ErrorContext(error), error) }
  }
}

extension ErrorContext {
  /// What is wrong of samples in memory: a number among them, or their labels.
  fileprivate init(_ error: DataError) {
    if case .notFinite = error { self.init("samples and labels") } else { self.init("labels") }
  }
}

/// Memory of exactly so many entries.
private func memory(
  _ name: StaticCString, _ pointer: UnsafeRawPointer?, _ bytes: Int, _ count: Int, of size: UInt64
) throws(Failure) -> Bytes {
  guard let pointer = unsafe pointer else { throw .null(name) }
  guard count >= 0 else { throw Failure(ESPALIER_USAGE, "count is too large", next: "give fewer samples at a time") }
  let needed = UInt64(count).multipliedReportingOverflow(by: size)
  guard !needed.overflow, bytes >= 0, needed.partialValue == UInt64(bytes) else {
    throw .size(name, bytes, needed.overflow ? .max : needed.partialValue)
  }
  return unsafe Bytes(base: pointer, count: bytes)
}

@c @implementation
public func espalier_step(
  _ session: OpaquePointer!, _ samples: UnsafeRawPointer!, _ samples_bytes: Int, _ labels: UnsafeRawPointer!,
  _ labels_bytes: Int, _ report: UnsafeMutablePointer<espalier_report>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    let batch = try unsafe open.samples(open.image.batch, samples, samples_bytes, (labels, labels_bytes))
    do throws(DataError) { _ = try batch.fill(session.batch(.train), from: 0) } catch {
      throw .data(ErrorContext(error), error)
    }
    let result = session.runStep()
    if let cause = session.lostPages { throw .pages(FileError(cause: cause)) }
    var update = UpdateReport()
    update.step = result.step
    update.loss = result.loss
    update.correct = result.correct.map { Int($0) }
    update.samples = result.samples
    update.learningRate = result.learningRate
    try unsafe open.tell(update, isUpdate: result.isUpdate, hasDiverged: session.hasDiverged, report)
  }
}

extension OpenPlan {
  /// Writes a report, and refuses a training that has diverged.
  mutating func tell(
    _ update: UpdateReport, isUpdate: Bool, hasDiverged: Bool,
    _ report: UnsafeMutablePointer<espalier_report>?
  ) throws(Failure) {
    if let report = unsafe report {
      unsafe report.pointee = espalier_report(
        step: UInt64(update.step), samples: UInt64(update.samples), correct: Int64(update.correct ?? -1),
        loss: update.loss, learning_rate: update.learningRate, is_update: isUpdate ? 1 : 0, reserved: 0)
    }
    isDiverged = isDiverged || hasDiverged
    guard !hasDiverged else { throw .diverged }
  }

  func tell(_ score: Score, _ result: UnsafeMutablePointer<espalier_score>) {
    unsafe result.pointee = espalier_score(
      samples: UInt64(score.samples), correct: UInt64(score.correct),
      mean_squared_error: score.squaredError / Double(max(score.samples &* outputs, 1)))
  }
}

@c @implementation
public func espalier_evaluate(
  _ session: OpaquePointer!, _ count: Int, _ samples: UnsafeRawPointer!, _ samples_bytes: Int,
  _ labels: UnsafeRawPointer!, _ labels_bytes: Int, _ score: UnsafeMutablePointer<espalier_score>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    guard let score = unsafe score else { throw .null("score") }
    let batch = try unsafe open.samples(count, samples, samples_bytes, (labels, labels_bytes))
    do throws(DataError) { try unsafe open.tell(session.evaluate(batch), score) } catch {
      throw .data(ErrorContext(error), error)
    }
  }
}
