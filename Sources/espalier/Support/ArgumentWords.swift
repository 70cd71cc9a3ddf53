import ArgumentParser
import Foundation
import Samples
import Select

/// The words of a command line, before they are parsed.
struct ArgumentWords {
  let words: [String]

  init(_ words: [String]) { self.words = words }

  /// Values that begin with a minus sign joined to their options, which otherwise would be taken for options:
  /// `--mean -0.1,0.2` as `--mean=-0.1,0.2`.
  var withJoinedNumbers: [String] {
    var result: [String] = []
    for (index, word) in words.enumerated() {
      // What follows is for the program that is run.
      guard word != "--" else { return result + words[index...] }
      if let option = result.last, option.hasPrefix("--"), option != "--", !option.contains("="), isNegative(word) {
        result[result.count - 1] = option + "=" + word
      } else {
        result.append(word)
      }
    }
    return result
  }

  /// Refuses what is no text: the file that a word names could not be found, or another one would be written.
  ///
  /// - Throws: `Failure`.
  static func checkText() throws(Failure) {
    for case let word? in UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)) {
      let bytes = UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) }
      guard String(validating: bytes, as: UTF8.self) == nil else { continue }
      throw Failure(
        .usage, "the argument \(writtenOut(bytes)) is not UTF-8, which names of files have to be here",
        advice: "rename the file, or give it a second name: ln -s")
    }
  }

  private func isNegative(_ word: String) -> Bool {
    guard word.hasPrefix("-"), let first = word.dropFirst().first else { return false }
    return first.isWholeNumber || (first == "." && word.dropFirst(2).first?.isWholeNumber == true)
  }

  /// - Throws: `Failure` for a word in the place of a verb that is none.
  func checkVerbs(of root: VerbTree) throws(Failure) {
    var (verb, name) = (root, root.name)
    for word in words {
      guard !verb.inner.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
      guard let next = verb.inner.first(where: { $0.name == word }) else {
        let near = similarNames(word, in: verb.inner.map(\.name)).first
        throw Failure(
          .usage, "there is no verb \(word) of \(name)",
          advice: near.map { "did you mean \(name) \($0)?" } ?? "`\(name) --help` lists what there is")
      }
      (verb, name) = (next, name + " " + word)
    }
  }
}

/// The verbs that there are, and those below them.
struct VerbTree {
  let name: String
  let inner: [VerbTree]

  init(_ command: any ParsableCommand.Type) {
    let configuration = command.configuration
    name = configuration.commandName ?? ""
    inner = configuration.subcommands.map { VerbTree($0) }
  }
}

/// The names that a person may have meant, nearest first.
func similarNames(_ name: String, in names: [String]) -> [String] {
  nearestNames(name, in: names).filter { near in
    near.hasPrefix(name) || name.hasPrefix(near) || editDistance(near, name) <= max(2, name.count / 3)
  }
}
