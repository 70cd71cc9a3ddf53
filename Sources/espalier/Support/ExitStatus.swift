/// Exit codes of the command, as scripts rely on them.
enum ExitStatus: Int32 {
  case done = 0
  /// The answer to the question is no.
  case no = 1
  /// The plan does not fit under the cap.
  case overCap = 2
  case usage = 64
  /// An input that is not what it should be.
  case malformed = 65
  case notFound = 66
  /// A defect of this program.
  case defect = 70
  case cannotCreate = 73
  /// Reading or writing failed.
  case ioError = 74
  /// Stopped by the user.
  case interrupted = 130
  /// A program that was run under a cap was killed there.
  case killedAtCap = 137
}
