import ArgumentParser
import CPlatform
import Espalier
import Foundation

/// The command `espalier`: one sub-command a verb.
struct EspalierCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "espalier",
    abstract: "Fine-tunes neural networks on the device, inside a block of memory that is fixed beforehand.",
    discussion: examples([
      "espalier check model.onnx",
      "espalier compile model.onnx -o model.plan --classes 10 --cap 256KiB",
    ]),
    version: version,
    subcommands: [
      CheckCommand.self, QuantizeCommand.self, CompileCommand.self, InspectCommand.self, DataCommand.self,
      TrainCommand.self, EvalCommand.self, PredictCommand.self, GradientsCommand.self, ExportCommand.self,
      TargetsCommand.self, BuildCommand.self, RunCommand.self, SelftestCommand.self,
      CheckpointCommand.self, DeltaCommand.self, PlaceCommand.self, FrontierCommand.self, SearchCommand.self,
      BenchCommand.self, ProfileCommand.self,
    ])

  /// The same word for every error, whoever found it.
  static let _errorPrefix = "error: "

  /// Runs what the arguments ask for and ends the process with the exit code of the outcome.
  ///
  /// The environment variable `ESPALIER_GEMM=openblas` puts OpenBLAS in the place of our own matrix product.
  static func start() -> Never {
    cp_begin()
    FloatProducts(rawValue: ProcessInfo.processInfo.environment["ESPALIER_GEMM"] ?? "")?.use()
    let words = ArgumentWords(Array(CommandLine.arguments.dropFirst()))
    do throws(Failure) {
      try ArgumentWords.checkText()
      try words.checkVerbs(of: VerbTree(Self.self))
    } catch { end(error) }
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(words.withJoinedNumbers)
    } catch {
      exit(withError: error)
    }
    do {
      try command.run()
    } catch let code as ExitCode {
      // That of a program which the command ran.
      Foundation.exit(code.rawValue)
    } catch let error where isHelp(error) {
      exit(withError: error)
    } catch {
      end(Failure(describing: error))
    }
    Foundation.exit(ExitStatus.done.rawValue)
  }

  private static func end(_ failure: Failure) -> Never {
    StandardError.write(failure.message)
    Foundation.exit(failure.status.rawValue)
  }

  /// Whether the error is a request to print help, as commands without a verb of their own make it.
  private static func isHelp(_ error: any Error) -> Bool { exitCode(for: error) == .success }
}

/// The configuration of a verb.
func verb(_ name: String, _ abstract: String, _ commands: String...) -> CommandConfiguration {
  CommandConfiguration(
    commandName: name, abstract: abstract, discussion: examples(commands), version: EspalierCommand.version)
}

func examples(_ commands: [String]) -> String { (["Examples:"] + commands).joined(separator: "\n  ") }
