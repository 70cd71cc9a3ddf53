import Memory
import Report

extension ItemsCSVError {
  func failure(_ path: String) -> Failure {
    switch self {
    case .header(let missing):
      Failure(
        .malformed, "\(path) has no column \(missing)", advice: "begin it with a line id,lower,upper,size")
    case .unknownColumn(let name):
      Failure(
        .malformed, "\(path) has a column \(name.isEmpty ? "without a name" : name), which is not known here",
        advice: "give id, lower, upper, size, alignment and offset only, and remove the others")
    case .repeatedColumn(let name):
      Failure(.malformed, "\(path) has two columns \(name)", advice: "leave one of them")
    case .alignment(let line, let text, let limit):
      Failure(
        .malformed, "\(path), line \(line): alignment is \(text)", advice: "give a power of two from 1 to \(limit)")
    case .missing(let line, let column):
      Failure(.malformed, "\(path), line \(line): there is no \(column)", advice: "give every line all columns")
    case .fields(let line, let found, let expected):
      Failure(
        .malformed, "\(path), line \(line): it has \(counted(found, "field")), the header has \(expected)",
        advice: "give every line as many fields as the header, and numbers without commas in them")
    case .number(let line, let column, let text, let limit):
      Failure(
        .malformed, "\(path), line \(line): \(column) is \(text)", advice: "give a whole number from 0 to \(limit)")
    case .lifetime(let line, let lower, let upper):
      Failure(
        .malformed, "\(path), line \(line): lower \(lower) is not below upper \(upper)",
        advice: "upper is the first step that the item is not in use")
    case .repeated(let line, let name):
      Failure(.malformed, "\(path), line \(line): the id \(name) was there before", advice: "give each item its own id")
    }
  }
}
