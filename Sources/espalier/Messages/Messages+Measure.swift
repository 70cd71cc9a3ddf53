import Measure
import Report

extension MeasuredFault {
  /// - Parameter path: of the file with the times.
  func failure(_ path: String) -> Failure {
    switch self {
    case .line(let number, let fault):
      Failure(
        .malformed, "\(path), line \(number): \(fault.text)",
        advice: "give what a runner prints that was built with --profile: ./runner profile PLAN > FILE")
    case .digest(let found, let expected):
      Failure(
        .malformed, "\(path) was measured with another plan: its digest is \(found), not \(expected)",
        advice: "give the plan of the runner's own bundle")
    case .rows(let found, let expected):
      Failure(
        .malformed, "\(path) has times of \(counted(found, "row")), where there should be \(grouped(expected))",
        advice: "measure again, and keep everything that the runner prints")
    case .plan(let index):
      Failure(
        .malformed, "\(path) is about plan \(index), which the image has not got",
        advice: "give the plan of the runner's own bundle")
    }
  }
}

extension MeasuredFault.Line {
  fileprivate var text: String {
    switch self {
    case .missing: "is not there"
    case .unreadable: "is not what a runner's profile prints"
    case .schema(let schema): "is of schema \(schema), not 1"
    case .steps(let steps): "is about \(counted(steps, "step"))"
    case .row(let row, let due): "is about row \(row), where row \(due) is due"
    case .time(let nanoseconds): "has \(nanoseconds) nanoseconds, which no row takes"
    }
  }
}
