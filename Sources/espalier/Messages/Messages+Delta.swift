import Driver
import Espalier

extension DeltaError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .notADelta:
      Failure(.malformed, "\(path) is no delta", advice: "make one: espalier delta make PLAN CHECKPOINT -o \(path)")
        .naming(path)
    case .version(let found, let supported):
      Failure(
        .malformed, "\(path) is a delta of format version \(found), this program reads version \(supported)",
        advice: "make it again with this program")
    case .length(let stated, let actual):
      Failure(.malformed, "\(path) says it has \(stated) bytes and has \(actual)", advice: "copy it again")
    case .digest:
      Failure(.malformed, "\(path) is damaged: its SHA-256 digest does not match", advice: "copy it again")
    case .contents: Failure(.malformed, "\(path) contradicts itself", advice: "make it again with this program")
    case .wrongBase(let delta, let found):
      Failure(
        .no, "\(path) belongs to the plan \(delta.hexadecimal), this is \(found.hexadecimal)",
        advice: "give that plan, or make the delta one of this plan: espalier delta rebase")
    case .regionsDiffer(let name):
      Failure(
        .no, "\(path): the tensor \(name) is not trained in both, or has another type or size",
        advice: "compile both plans with the same --policy, --mode and --classes")
    case .inexact(let name):
      Failure(
        .no, "the tensor \(name) changed so much that differences do not give it back exactly",
        advice: "keep the checkpoint itself, or write the plan: espalier checkpoint apply")
    case .tooLarge(let name):
      Failure(
        .no, "the differences of the tensor \(name) are so large that its values could not be computed with",
        advice: "give smaller --weights, or leave that delta out")
    case .irreversible:
      Failure(
        .no, "taking \(path) away does not give its plan back: it was not applied to this one, or values were rounded",
        advice: "keep the plan that a delta was made from; only one made with --codec raw can be taken back")
    }
  }
}

extension DeltaError: Explained {
  var failure: Failure { failure("the delta") }
}
