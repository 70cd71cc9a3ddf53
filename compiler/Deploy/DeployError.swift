/// Why there is no bundle; facts only.
public enum DeployError: Error, Equatable, Sendable {
  /// A program that compiles or links is neither in `PATH` nor beside the Swift compiler.
  case noTool(name: String)
  /// A target without a `toolset.json`.
  case noToolset(path: String)
  case toolset(path: String, reason: String)
  /// No sources of the runner where they should be.
  case noSources(path: String)
  /// The C library or the start files of the target are not installed.
  case noParts(target: String, output: String)
  /// A step of the build failed.
  case tool(name: String, status: Int32, output: String)
  /// The runner calls functions that allocate.
  case allocates(symbols: [String])
  /// The runner needs libraries beside libc.
  case depends(libraries: [String])
  /// No memory control group can be made.
  case noCgroup
  case cannotStart(program: String, cause: Int32)
  /// A linker wrote what is no ELF file.
  case notELF(path: String)
  /// There is something else where the bundle should go.
  case notABundle(path: String, found: String)
  /// The system's error number.
  case cannotRead(path: String, cause: Int32)
  case cannotWrite(path: String, cause: Int32)
}
