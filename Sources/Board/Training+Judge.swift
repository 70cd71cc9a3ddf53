import CPlatform
import RuntimeBoard

extension Training {
  /// Judges the weights; the statistics of the checkpoint note it, and it may be enough.
  mutating func judge() throws(Failure) -> TrainingEnding? {
    guard isBuilt(.eval), judging != nil else { return nil }
    try judgeNow()
    guard let score = evaluation?.score, session.image.classes > 0 else { return nil }
    let isBest = session.statistics.note(score)
    if isBest, let best = options.best {
      // Anew each time: what they remember is about another path.
      var slots = CheckpointSlots()
      do throws(FileError) { try slots.write(&session, to: best, feed.progress) } catch {
        throw try kept(.writing(best, error))
      }
    }
    if let patience = options.patience, session.statistics.evaluationsSinceBest >= patience { return .patience }
    if let until = options.until, Double(score.correct) >= until * Double(score.samples) { return .accuracy }
    return nil
  }

  /// Judges the weights that training ended with, and are written already; that they were judged is noted there, too.
  mutating func judgeAtTheEnd() throws(Failure) {
    guard isBuilt(.eval), judging != nil else { return }
    let before = session.statistics
    _ = try judge()
    guard session.statistics != before else { return }
    do throws(FileError) { try session.writeCheckpoint(to: checkpoint, feed.progress) } catch {
      throw Failure.writing(checkpoint, error)
    }
  }

  /// Judges the weights and tells how good they are.
  mutating func judgeNow() throws(Failure) {
    guard isBuilt(.eval), let judging else { return }
    do throws(DataError) { evaluation = try Evaluation(&session, judging) } catch {
      if session.isSound { try write() }
      throw Failure.data(options.eval ?? checkpoint, error)
    }
    do throws(Failure) { try reportScore() } catch { throw try kept(error) }
  }

  /// Waits while a sensor says that it is too hot.
  mutating func pause() throws(Failure) {
    guard let sensor = options.temperature, let limit = options.temperatureLimit else { return }
    var isTold = false
    while cp_gives_up(pace.end) == 0 {
      var thousandths = 0
      let cause = cp_read_number(sensor, &thousandths)
      guard cause == 0 else { throw try kept(.reading(sensor, FileError(cause: cause))) }
      if Double(thousandths) <= limit * 1000 { return }
      if !isTold && !options.isQuiet {
        var note = FixedText("waiting: ")
        note += Double(thousandths) / 1000
        note += " °C\n"
        _ = note.write(to: 2)
        isTold = true
      }
      cp_sleep(500)
    }
  }
}
