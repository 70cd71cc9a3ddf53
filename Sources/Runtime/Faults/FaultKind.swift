/// What kind of fault ends a call: exit codes follow from it, as scripts rely on them.
public enum FaultKind: Int32, Sendable {
  /// The answer to the question is no.
  case no = 1
  /// The arena does not fit into the memory that may be used.
  case overCap = 2
  case usage = 64
  /// An input that is not what it should be.
  case malformed = 65
  case notFound = 66
  case cannotCreate = 73
  case cannotRead = 74
  case cannotWrite = 75
  /// Stopped by the user.
  case interrupted = 130

  public var exitCode: Int32 { self == .cannotWrite ? FaultKind.cannotRead.rawValue : rawValue }
}
