/// Folder and name of a file, as the text of its path has them.
///
/// Foundation's functions for that trap on a path of one letter.
struct PathParts {
  /// Without the last slash; "." where the path has none.
  let folder: String
  let name: String

  init(_ path: String) {
    guard let slash = path.lastIndex(of: "/") else {
      (folder, name) = (".", path)
      return
    }
    folder = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[path.index(after: slash)...])
  }
}
