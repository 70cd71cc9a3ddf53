import Foundation

/// Where in a JSON file something is wrong, and what; of what is no JSON, the line.
public func describe(_ error: any Error, of json: [UInt8]) -> String {
  guard let error = error as? DecodingError else { return error.localizedDescription }
  if case .dataCorrupted(let context) = error, context.codingPath.isEmpty {
    if let fault = syntaxFault(json) ?? numberFault(json) { return fault }
  }
  func path(_ context: DecodingError.Context) -> String {
    let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
    return keys.isEmpty ? "" : keys.joined(separator: ".") + ": "
  }
  return switch error {
  case .keyNotFound(let key, let context): "\(path(context))the key \"\(key.stringValue)\" is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
    "\(path(context))\(context.debugDescription)"
  @unknown default: "\(error)"
  }
}

/// `line 3: Invalid value`; nil for bytes that are JSON.
private func syntaxFault(_ json: [UInt8]) -> String? {
  do {
    _ = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
    return nil
  } catch {
    let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "this is no JSON"
    // The parser counts bytes, where it does not say that the file ends.
    let place = text.firstMatch(of: /^(.*) around character ([0-9]+)/)
    let end = place.flatMap { Int($0.2) } ?? json.count
    let line = 1 + json.prefix(end).count(where: { $0 == UInt8(ascii: "\n") })
    return "line \(line): \(place.map { String($0.1) } ?? text)"
  }
}

/// Which numbers the wanted type may not have; the decoder tells neither which, nor where.
private func numberFault(_ json: [UInt8]) -> String? {
  let suspects = numbersOtherThanIntegers(json)
  guard let first = suspects.first else { return nil }
  guard suspects.count > 1 else { return "\(first.path): \(first.text) is not a number that can stand there" }
  let list = suspects.prefix(4).map { "\($0.path) (\($0.text))" }.joined(separator: ", ")
  return "a number cannot stand where it does, one of \(list)\(suspects.count > 4 ? " and others" : "")"
}

/// The first key of a JSON object, in the order of names, that is none of the known ones.
public func unknownKey(in object: [String: Any], besides known: [String]) -> String? {
  object.keys.sorted().first { !known.contains($0) }
}
