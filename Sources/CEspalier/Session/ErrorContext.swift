import CEspalier
import Runtime

/// What a failure is about: a file, or something in memory.
@safe
struct ErrorContext {
  let name: StaticCString
  let path: UnsafePointer<CChar>?

  init(_ name: StaticCString) {
    self.name = name
    unsafe path = nil
  }

  init(path: UnsafePointer<CChar>) {
    name = ""
    unsafe self.path = path
  }

  /// Maps the file.
  func map() throws(Failure) -> MappedFile {
    guard let path = unsafe path else { throw .null(name) }
    do throws(FileError) { return try unsafe MappedFile(path: path) } catch { throw .reading(self, error) }
  }
}
