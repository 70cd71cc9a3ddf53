import CEspalier
import CPlatform
import Runtime

extension OpenPlan {
  /// Forgets what training came to.
  mutating func restart() {
    progress = DataProgress()
    isDiverged = false
  }
}

@c @implementation
public func espalier_reset(_ session: OpaquePointer!) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    session.reset()
    open.restart()
  }
}

@c @implementation
public func espalier_follow(_ session: OpaquePointer!, _ plan: UnsafePointer<CChar>!) -> espalier_status {
  unsafe withSession(session) { _, session throws(Failure) in
    let index = unsafe plan.flatMap { unsafe session.image.plan(named: $0) }
    let followsRotation = unsafe plan == nil
    guard index != nil || followsRotation else {
      throw Failure(ESPALIER_USAGE, "the image has no plan of this name", next: "take a name from espalier_metadata")
    }
    guard session.choose(index) else {
      throw Failure(ESPALIER_USAGE, "an update is not finished yet", next: "choose when micro_step is 0")
    }
  }
}

@c @implementation
public func espalier_get_progress(
  _ session: OpaquePointer!, _ progress: UnsafeMutablePointer<espalier_progress>!
) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    guard let progress = unsafe progress else { throw .null("progress") }
    unsafe progress.pointee = espalier_progress(
      step: UInt64(session.step), micro_step: UInt64(session.microStep), seed: open.progress.seed,
      epoch: UInt64(open.progress.epoch), position: UInt64(open.progress.position),
      samples: session.statistics.samples, correct: session.statistics.correct, loss: session.statistics.loss)
  }
}

@c @implementation
public func espalier_save(_ session: OpaquePointer!, _ path: UnsafePointer<CChar>!) -> espalier_status {
  unsafe withSession(session) { open, session throws(Failure) in
    guard let path = unsafe path else { throw .null("path") }
    guard !open.isDiverged, session.isSound else { throw .diverged }
    // The plan that is open, packed data, whatever is no checkpoint: that stays.
    let obstacle = unsafe cp_check_place(path)
    guard obstacle == 0 else { throw unsafe .writing(ErrorContext(path: path), FileError(cause: obstacle)) }
    // Anew for each path: what they remember is about one.
    var slots = CheckpointSlots()
    do throws(FileError) { try unsafe slots.write(&session, to: path, open.progress) } catch {
      throw unsafe .writing(ErrorContext(path: path), error)
    }
  }
}

@c @implementation
public func espalier_load(
  _ session: OpaquePointer!, _ path: UnsafePointer<CChar>!, _ slot: UnsafeMutablePointer<espalier_slot>!
) -> espalier_status {
  var passedOver: ErrorText?
  let status = unsafe withSession(session) { open, session throws(Failure) in
    guard let path = unsafe path else { throw .null("path") }
    let subject = unsafe ErrorContext(path: path)
    var slots = CheckpointSlots()
    do throws(CheckpointSlots.Fault) {
      let restored = try unsafe slots.restore(&session, from: path)
      open.progress = restored.progress
      open.isDiverged = false
      if let slot = unsafe slot {
        unsafe slot.pointee = restored.slot == .newest ? ESPALIER_NEWEST : ESPALIER_PREVIOUS
      }
      if let fault = restored.passedOver { passedOver = Failure.slots(subject, fault).text }
    } catch { throw .slots(subject, error) }
  }
  if let passedOver, let handle = unsafe Handle(session) { handle.text = passedOver }
  return status
}
