import CEspalier
import Runtime

/// Why a call is refused: its status, and one line that ends with the next thing to do.
struct Failure: ToldFault {
  let status: espalier_status
  let text: ErrorText

  init(_ kind: FaultKind, _ text: ErrorText, next: StaticCString) {
    self.init(espalier_status(kind), text, next: next)
  }

  init(_ status: espalier_status, _ text: ErrorText, next: StaticCString) {
    var line = text
    line += "; next: "
    line += next
    self.status = status
    self.text = line
  }

  init(_ status: espalier_status, _ text: StaticCString, next: StaticCString) {
    self.init(status, ErrorText(text), next: next)
  }

  /// A pointer that must not be null.
  static func null(_ name: StaticCString) -> Failure {
    var text = ErrorText(name)
    text += " is a null pointer"
    return Failure(ESPALIER_USAGE, text, next: "pass memory of the size that espalier.h states")
  }

  /// Memory of another size than the call needs.
  static func size(_ name: StaticCString, _ actual: Int, _ needed: UInt64) -> Failure {
    var text = ErrorText(name)
    text += " has "
    text += actual
    text += " bytes where "
    text += needed
    text += " are needed"
    return Failure(ESPALIER_USAGE, text, next: "take the sizes from espalier_info")
  }
}

extension Failure {
  static var alreadyOpen: Failure {
    Failure(ESPALIER_USAGE, "the block holds a session that is open", next: "espalier_close it first")
  }

  static var notOpen: Failure {
    Failure(ESPALIER_USAGE, "there is no open plan in this session", next: "call espalier_open or espalier_open_file")
  }

  static var notStarted: Failure {
    Failure(ESPALIER_USAGE, "the session has no arena yet", next: "call espalier_start")
  }

  static var diverged: Failure {
    Failure(
      ESPALIER_DIVERGED, LossWatch.text,
      next: "load the last checkpoint or reset, and compile with a smaller --lr or with --warmup")
  }

  static var noClasses: Failure {
    Failure(ESPALIER_USAGE, "the plan has no classes: its labels are targets", next: "ask for logits")
  }

  static var dataNotOpen: Failure {
    Failure(ESPALIER_USAGE, "there are no open data in this block", next: "call espalier_data_open")
  }
}

extension espalier_status {
  fileprivate init(_ kind: FaultKind) {
    self =
      switch kind {
      case .no: ESPALIER_DIVERGED
      case .overCap: ESPALIER_TOO_SMALL
      case .usage, .interrupted: ESPALIER_USAGE
      case .malformed: ESPALIER_MALFORMED
      case .notFound: ESPALIER_NOT_FOUND
      case .cannotRead: ESPALIER_CANNOT_READ
      case .cannotCreate, .cannotWrite: ESPALIER_CANNOT_WRITE
      }
  }
}
