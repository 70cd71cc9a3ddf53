import CPlatform
import RuntimeBoard

/// Lets as many threads share the rows of a session as the user asks for.
func share(_ session: inout Session, _ options: Options) throws(Failure) {
  guard isBuilt(.threads), let threads = options.threads else { return }
  guard threads <= Team.mostThreads else {
    throw Failure(.usage, "--threads is too large", next: "give at most as many as the board has cores")
  }
  let scratch: Int?
  do throws(FileError) { scratch = try session.share(by: Int(threads)) } catch {
    var text = FixedText("the system has not got so many threads: ")
    text += cp_error_text(error.cause)
    throw Failure(.overCap, text, next: "give fewer: --threads 1")
  }
  guard !options.isQuiet, threads > 1 else { return }
  var note = FixedText(scratch == nil ? "the plan has nothing for threads to share\n" : "the threads have ")
  if let scratch {
    note += scratch
    note += " bytes of scratch beside the arena\n"
  }
  _ = note.write(to: 2)
}
