import ArgumentParser
import Espalier
import Report

/// How many threads share a step.
struct ThreadOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads that share the large rows of an integer plan, to the same bits; \(Self.usual) by default.",
      valueName: "n"))
  var threads: Int?

  private static var usual: String { "1 for train, one a processor, up to 8, for eval and predict" }
  /// More gain little where nobody asks for them.
  static var processors: Int { min(Trainer.processors, 8) }

  func validate() throws {
    guard let threads, !(1...Trainer.mostThreads ~= threads) else { return }
    throw ValidationError("--threads must be 1 to \(Trainer.mostThreads)")
  }

  /// Lets the trainer use them, or as many as are usual.
  func use(by trainer: Trainer, usual: Int, _ common: CommonOptions) throws {
    guard let threads else {
      // Nobody asked for them: where the system has not got them, one does it all.
      do { try trainer.share(by: usual) } catch { common.detail("one thread alone: \(error.failure.text)") }
      return
    }
    let scratch = try trainer.share(by: threads)
    guard threads > 1 else { return }
    if let scratch {
      common.note("\(threads) threads have \(grouped(scratch)) bytes of scratch beside the arena")
    } else {
      common.note("--threads has no use here: threads share convolutions of integers, of which the plan has none")
    }
  }
}
