/// Whether `text` matches a glob: `*` any run, `?` one character, `[a-z0]` one of a set, `\` takes the next literally.
///
/// Only the last `*` is ever tried again, so the time is the product of the lengths.
public func globMatches(_ glob: String, _ text: String) -> Bool {
  if isName(glob) { return glob.utf8.elementsEqual(text.utf8) }
  let parts = globParts(glob)
  let text = Array(text.unicodeScalars)
  var (part, at) = (0, 0)
  var retry: (part: Int, at: Int)?
  while at < text.count {
    if part < parts.count, case .run = parts[part] {
      part += 1
      retry = (part, at)
    } else if part < parts.count, parts[part].matches(text[at]) {
      part += 1
      at += 1
    } else if let (runEnd, start) = retry {
      part = runEnd
      at = start + 1
      retry = (runEnd, at)
    } else {
      return false
    }
  }
  return parts[part...].allSatisfy { if case .run = $0 { true } else { false } }
}

/// Whether a glob matches one name alone, which is its text.
func isName(_ glob: String) -> Bool { !glob.utf8.contains(where: isSpecial) }

private func isSpecial(_ byte: UInt8) -> Bool {
  switch UnicodeScalar(byte) {
  case "*", "?", "[", "\\": true
  default: false
  }
}

/// A glob that matches exactly `name`.
public func escapeGlob(_ name: String) -> String {
  String(name.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
}

/// A glob in which brackets stand for themselves where only so it finds a name: `blocks[0].*`, as PyTorch may call layers.
///
/// What is itself a name means that name alone.
public func readingBrackets(_ glob: String, in names: [String]) -> String {
  if names.contains(glob) { return escapeGlob(glob) }
  guard glob.contains("["), !names.contains(where: { globMatches(glob, $0) }) else { return glob }
  let literal = literalBrackets(glob)
  return names.contains { globMatches(literal, $0) } ? literal : glob
}

/// The glob with a backslash in front of each bracket that has none yet.
private func literalBrackets(_ glob: String) -> String {
  var result = ""
  var isEscaped = false
  for character in glob {
    if character == "[", !isEscaped { result.append("\\") }
    isEscaped = character == "\\" && !isEscaped
    result.append(character)
  }
  return result
}

private enum GlobPart {
  case run
  case any
  case one(Unicode.Scalar)
  /// What stands between brackets; nil where they are not closed, which matches nothing.
  case set(ArraySlice<Unicode.Scalar>?)

  func matches(_ scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .run: false
    case .any: true
    case .one(let own): own == scalar
    case .set(let set): set.map { isMember(scalar, $0) } ?? false
    }
  }
}

private func globParts(_ glob: String) -> [GlobPart] {
  var rest = Array(glob.unicodeScalars)[...]
  var parts: [GlobPart] = []
  while let first = rest.popFirst() {
    switch first {
    case "*": parts.append(.run)
    case "?": parts.append(.any)
    case "[":
      let end = rest.firstIndex(of: "]")
      parts.append(.set(end.map { rest[..<$0] }))
      rest = end.map { rest[($0 + 1)...] } ?? []
    case "\\": parts.append(.one(rest.popFirst() ?? first))
    default: parts.append(.one(first))
    }
  }
  return parts
}

/// Whether a scalar is in a set like `a-z_`.
private func isMember(_ scalar: Unicode.Scalar, _ set: ArraySlice<Unicode.Scalar>) -> Bool {
  var rest = set
  while let low = rest.popFirst() {
    if rest.count > 1, rest.first == "-" {
      let high = rest[rest.startIndex + 1]
      rest = rest.dropFirst(2)
      if low <= scalar, scalar <= high { return true }
    } else if low == scalar {
      return true
    }
  }
  return false
}

/// The names nearest to `name` by edit distance, at most three.
public func nearestNames(_ name: String, in names: [String]) -> [String] {
  let ranked = names.map { (distance: editDistance(name, $0), name: $0) }
  return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
}

/// Insertions, deletions and replacements of bytes that make one name of the other.
public func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first.utf8), Array(second.utf8))
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (left == right ? 0 : 1))
      diagonal = row[j + 1]
      row[j + 1] = next
    }
  }
  return row[b.count]
}
