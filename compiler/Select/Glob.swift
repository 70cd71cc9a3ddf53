/// Whether `text` matches a glob: `*` any run, `?` one character, `[a-z0]` one of a set, `\` takes the next literally.
func globMatches(_ glob: String, _ text: String) -> Bool {
  matches(Array(glob.unicodeScalars)[...], Array(text.unicodeScalars)[...])
}

/// A glob that matches exactly `name`.
func escapeGlob(_ name: String) -> String {
  String(name.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
}

private func matches(_ glob: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
  guard let first = glob.first else { return text.isEmpty }
  switch first {
  case "*":
    let rest = glob.drop { $0 == "*" }
    if rest.isEmpty { return true }
    return text.indices.contains { matches(rest, text[$0...]) }
  case "?":
    return !text.isEmpty && matches(glob.dropFirst(), text.dropFirst())
  case "[":
    guard let end = glob.firstIndex(of: "]"), let scalar = text.first else { return false }
    return isMember(scalar, glob[(glob.startIndex + 1)..<end]) && matches(glob[(end + 1)...], text.dropFirst())
  case "\\" where glob.count > 1:
    return text.first == glob.dropFirst().first && matches(glob.dropFirst(2), text.dropFirst())
  default:
    return text.first == first && matches(glob.dropFirst(), text.dropFirst())
  }
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
func nearestNames(_ name: String, in names: [String]) -> [String] {
  let ranked = names.map { (distance: editDistance(Array(name.utf8), Array($0.utf8)), name: $0) }
  return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
