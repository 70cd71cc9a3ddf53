import CEspalier
import Runtime

private var packedData: ErrorContext { ErrorContext("the packed data") }

extension OpenPlan {
  /// The order in which training goes over packed data, at the place that it has come to.
  fileprivate func feed(
    _ pack: Pack, _ order: UnsafePointer<espalier_order>?
  ) throws(Failure) -> PackFeed {
    let request = unsafe order?.pointee ?? espalier_order()
    let known = ESPALIER_KEEP_ORDER.rawValue | ESPALIER_FLIP.rawValue | ESPALIER_SHIFT.rawValue
    guard request.flags & ~known == 0 else {
      throw Failure(
        ESPALIER_USAGE, "the order has flags that there are not", next: "take a sum of espalier_order_flags")
    }
    let hasBegun = progress != DataProgress()
    guard !hasBegun || request.seed == 0 || request.seed == progress.seed else {
      var text = ErrorText("the order has seed ")
      text += request.seed
      text += " and training began with seed "
      text += progress.seed
      throw Failure(ESPALIER_USAGE, text, next: "give seed 0 to go on, or reset to start again")
    }
    let seed = hasBegun ? progress.seed : request.seed
    let full = DataOrder(
      seed: seed, shuffles: request.flags & ESPALIER_KEEP_ORDER.rawValue == 0,
      augmentation: Augmentation(
        flips: request.flags & ESPALIER_FLIP.rawValue != 0, shifts: request.flags & ESPALIER_SHIFT.rawValue != 0))
    do throws(DataError) {
      var cursor = try DataCursor(pack, .train, for: image, full)
      if hasBegun { _ = cursor.resume(progress) }
      return PackFeed(cursor)
    } catch { throw .data(packedData, error) }
  }
}

@c @implementation
public func espalier_train(
  _ session: OpaquePointer!, _ data: OpaquePointer!, _ order: UnsafePointer<espalier_order>!,
  _ report: UnsafeMutablePointer<espalier_report>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    let pack = try unsafe open.pack(data)
    if let fault = unsafe pack.pointee.trainFault { throw .data(packedData, fault) }
    var feed = try unsafe open.feed(pack.pointee.pack, order)
    let update: UpdateReport?
    do throws(FeedError) { update = try session.runUpdate(&feed) } catch { throw .feed(packedData, error) }
    open.progress = feed.progress
    guard let update else { throw .data(packedData, .tooFewSamples(have: 0, needed: open.image.batch)) }
    try unsafe open.tell(update, isUpdate: true, hasDiverged: session.hasDiverged, report)
  }
}

@c @implementation
public func espalier_evaluate_data(
  _ session: OpaquePointer!, _ data: OpaquePointer!, _ score: UnsafeMutablePointer<espalier_score>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    guard let score = unsafe score else { throw .null("score") }
    let data = try unsafe open.pack(data)
    if let fault = unsafe data.pointee.evaluationFault { throw .data(packedData, fault) }
    let pack = unsafe data.pointee.pack
    do throws(DataError) {
      var pass = try DataCursor(pack, pack.evaluationPart, for: open.image, DataOrder(padsLastBatch: true))
      try unsafe open.tell(session.evaluate(&pass), score)
    } catch { throw .data(packedData, error) }
  }
}

@c @implementation
public func espalier_predict_data(
  _ session: OpaquePointer!, _ data: OpaquePointer!, _ first: Int, _ count: Int,
  _ predictions: UnsafePointer<espalier_predictions>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    let pack = try unsafe open.pack(data).pointee.pack
    guard first >= 0, first <= pack.samples, count >= 0, count <= pack.samples &- first else {
      var text = ErrorText("the packed data have ")
      text += pack.samples
      text += " samples, not those that are asked for"
      throw Failure(ESPALIER_USAGE, text, next: "take the number from espalier_data_count")
    }
    let results = try unsafe Predictions(predictions, count, open)
    do throws(DataError) {
      let samples = try MemorySamples(pack, first: first, count: count, for: open.image)
      try session.predict(samples) { index, row in results.note(index, row) }
    } catch { throw .data(packedData, error) }
  }
}
