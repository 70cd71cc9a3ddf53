import CLaunch
import Foundation

/// A program that this one starts and reads from; it ends when this process does, however that goes.
public final class ChildProcess {
  private let process: pid_t
  /// What it prints, and what it says; both are in the first where they are joined.
  public let output: FileHandle
  public let errors: FileHandle
  private var status: Int32?

  /// - Parameters:
  ///   - path: of the program.
  ///   - temporary: folder for the files that it leaves behind while it runs; nil for the usual one.
  ///   - input: what it reads; nil for nothing.
  ///   - isJoined: whether its messages go where its output does.
  /// - Throws: `DeployError.cannotStart`.
  public init(
    _ path: String, _ arguments: [String], temporary: String? = nil, input: FileHandle? = nil, isJoined: Bool = false
  ) throws(DeployError) {
    var environment = ProcessInfo.processInfo.environment
    if let temporary { environment["TMPDIR"] = temporary }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + settings { free(text) } }
    words.append(nil)
    settings.append(nil)
    var child = cl_child()
    let cause = cl_start(words, settings, input?.fileDescriptor ?? -1, isJoined ? 1 : 0, &child)
    guard cause == 0 else { throw .cannotStart(program: path, cause: cause) }
    process = child.process
    output = FileHandle(fileDescriptor: child.output, closeOnDealloc: true)
    errors = isJoined ? output : FileHandle(fileDescriptor: child.errors, closeOnDealloc: true)
  }

  /// Waits for its end: its exit status, or 128 and the number of the signal that ended it.
  public func wait() -> Int32 {
    if let status { return status }
    let status = cl_wait(process)
    self.status = status
    return status
  }

  /// Ends it where it has not ended by itself.
  public func end() {
    guard status == nil else { return }
    kill(process, SIGINT)
    _ = wait()
  }
}
