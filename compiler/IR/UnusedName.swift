/// `name`, or the first of `name.2`, `name.3`, ... that nothing bears yet.
public func unusedName(_ name: String, isTaken: (String) -> Bool) -> String {
  var candidate = name
  var number = 2
  while isTaken(candidate) {
    candidate = "\(name).\(number)"
    number += 1
  }
  return candidate
}

extension Set<String> {
  /// `name`, or the first of `name.2`, `name.3`, ... that is not among these; from now on it is.
  public mutating func insertUnused(_ name: String) -> String {
    let unused = unusedName(name, isTaken: contains)
    insert(unused)
    return unused
  }
}
