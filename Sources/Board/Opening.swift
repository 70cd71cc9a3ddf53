import CPlatform
import RuntimeBoard

/// Opens the plan that a verb works on.
///
/// What is opened here stays mapped until the process ends.
func openImage(_ options: Options) throws(Failure) -> Image {
  guard let path = options.image else {
    throw Failure(.usage, "no plan was named", next: "give its file behind the verb; ./runner help")
  }
  let bytes = try map(path)
  do throws(ImageError) { return try Image(Image.withoutTrailer(bytes)) } catch {
    throw Failure.image(path, error)
  }
}

func map(_ path: CText) throws(Failure) -> Bytes {
  do throws(FileError) { return try Bytes(mapping: path) } catch {
    throw Failure.reading(path, error)
  }
}

/// A session in an arena of exactly the planned size.
///
/// - Parameter checkpoint: beside which values are paged out, if the plan does that; nil for memory.
func openSession(_ image: Image, checkpoint: CText? = nil) throws(Failure) -> Session {
  var session = try startSession(image)
  guard isBuilt(.pageOut) else { return session }
  do throws(FileError) { try session.openPages(checkpoint) } catch { throw Failure.pages(error) }
  return session
}

/// What a run takes at times beside its arena: stack, the kernel's records, what a disk has not written yet.
private let spareBytes = 512 << 10

private func startSession(_ image: Image) throws(Failure) -> Session {
  do throws(RunError) {
    let session = try Session(image)
    // Where a limit leaves too little, the run ends now and not after hours.
    cp_touch_spare(spareBytes)
    return session
  } catch {
    var text = FixedText("the system has not got the ")
    text += image.arenaBytes
    text += " bytes of the arena"
    throw Failure(.overCap, text, next: "free memory, or compile with a smaller --cap")
  }
}

/// Takes over a checkpoint, and says so where it was not the newest.
func restore(
  _ session: inout Session, _ slots: inout CheckpointSlots, _ path: CText
) throws(Failure) -> DataProgress {
  do throws(CheckpointSlots.Fault) {
    let restored = try slots.restore(&session, from: path)
    if restored.slot == .previous {
      var note = FixedText()
      note += path
      note += " cannot be used: going on from the one before it, "
      note += path
      note += ".previous\n"
      _ = note.write(to: 2)
    }
    return restored.progress
  } catch { throw Failure.slots(path, error) }
}

/// Opens packed data; every label of the part is looked at.
func openPack(_ path: CText, _ part: DataPart?, for image: Image, checksLabels: Bool = true) throws(Failure) -> Pack {
  let bytes = try map(path)
  do throws(DataError) {
    let pack = try Pack(bytes)
    if checksLabels { try pack.checkLabels(part ?? pack.evaluationPart, for: image) }
    return pack
  } catch { throw Failure.data(path, error) }
}

/// One pass over the samples to judge by, or over all.
func openPass(_ path: CText, _ pack: Pack, _ part: DataPart, for image: Image) throws(Failure) -> DataCursor {
  do throws(DataError) { return try DataCursor(pack, part, for: image, DataOrder(padsLastBatch: true)) } catch {
    throw Failure.data(path, error)
  }
}
