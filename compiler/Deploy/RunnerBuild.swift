import Foundation

/// How a runner is built.
public struct RunnerOptions: Sendable {
  /// Name of the target, for messages.
  public var target: String
  /// What Swift compiles for, such as `aarch64-none-none-elf`.
  public var triple: String
  public var toolset: Toolset
  public var isStatic: Bool
  public var parts: RunnerParts
  /// Whether an x86 runner has kernels for AVX-VNNI and AVX512-VNNI beside those for AVX2, which make it larger.
  public var hasVNNI: Bool

  public init(
    target: String, triple: String, toolset: Toolset, isStatic: Bool, parts: RunnerParts, hasVNNI: Bool = false
  ) {
    self.target = target
    self.triple = triple
    self.toolset = toolset
    self.isStatic = isStatic
    self.parts = parts
    self.hasVNNI = hasVNNI
  }

  /// What Swift compiles for where it compiles for this computer.
  public static var hostTriple: String {
    #if arch(arm64)
      "aarch64-unknown-linux-gnu"
    #else
      "x86_64-unknown-linux-gnu"
    #endif
  }
}

/// A runner that was built.
public struct Runner: Sendable {
  /// The program, stripped.
  public let bytes: [UInt8]
  /// Bytes of the runner itself, without libc and what starts a process.
  public let codeBytes: Int
  public let dataBytes: Int
  /// Functions of libc that it calls.
  public let imports: [String]
  /// The table of its kernels and parts, in Swift.
  public let dispatch: String
}

/// Compiles and links a runner with these kernels.
///
/// Swift code is one module in Embedded Swift. All of it is first linked into one relocatable file without what is never
/// reached: that file says what the runner is made of and what it asks of libc.
///
/// - Throws: `DeployError`.
public func buildRunner(
  _ kernels: KernelSet, _ sources: RunnerSources, _ options: RunnerOptions,
  path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
) throws(DeployError) -> Runner {
  let dispatch = DispatchSource(kernels, options.parts)
  let folder = try TemporaryFolder()
  let build = try RunnerBuild(
    sources: sources, options: options, families: kernels.cOptions, folder: folder, path: path)
  try build.probe()
  let objects = try [build.compileSwift(dispatch.text)] + build.compileC()
  let whole = try build.join(objects)
  let imports = try whole.undefinedSymbols.filter { $0 != "_GLOBAL_OFFSET_TABLE_" }
  let allocators = imports.filter(allocationSymbols.contains)
  guard allocators.isEmpty else { throw .allocates(symbols: allocators) }
  let program = try build.link()
  let others = program.neededLibraries.filter { !$0.hasPrefix("libc.so") }
  guard others.isEmpty else { throw .depends(libraries: others) }
  return Runner(
    bytes: program.bytes, codeBytes: whole.codeBytes, dataBytes: whole.dataBytes, imports: imports.sorted(),
    dispatch: dispatch.text)
}

/// Functions of libc and of Swift's runtime that take memory from the system, or give it back.
private let allocationSymbols: Set<String> = [
  "malloc", "calloc", "realloc", "reallocarray", "free", "posix_memalign", "aligned_alloc", "memalign", "valloc",
  "pvalloc", "brk", "sbrk", "strdup", "strndup", "asprintf", "vasprintf", "getline", "getdelim", "fopen", "fdopen",
  "opendir", "swift_allocObject", "swift_slowAlloc", "swift_dealloc",
]

/// The steps of one build, in a folder of its own.
private struct RunnerBuild {
  let sources: RunnerSources
  let options: RunnerOptions
  /// Options of the C compiler that leave families of kernels out.
  let families: [String]
  let folder: TemporaryFolder
  let swiftc: Tool
  let clang: Tool
  let linker: Tool
  let copier: Tool

  init(
    sources: RunnerSources, options: RunnerOptions, families: [String], folder: TemporaryFolder, path: String
  ) throws(DeployError) {
    self.sources = sources
    self.options = options
    self.families = families
    self.folder = folder
    swiftc = try Tool("swiftc", path: path)
    clang = try Tool("clang", path: path)
    linker = try Tool("ld.lld", path: path)
    copier = try Tool("llvm-objcopy", path: path)
  }

  private var whole: String { folder.file("whole.o") }

  /// What every C file is compiled with, whatever the toolset says: for size where no float kernels are among them, and
  /// with paths that are words of the command line.
  private var cOptions: [String] {
    [
      families.count == KernelFamily.allCases.count ? "-Oz" : "-Os", "-DCP_PATHS_STAY", "-std=c17",
      "-ffunction-sections", "-fdata-sections", "-ffp-contract=off", "-fno-math-errno", "-fno-stack-protector",
      "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-pic", "-fno-pie",
      "-DCK_VNNI=\(options.hasVNNI ? 1 : 0)",
    ] + families + options.toolset.c
  }

  private var linkOptions: [String] {
    ["-fuse-ld=lld", "-no-pie", options.isStatic ? "-static" : "-dynamic"].filter { $0 != "-dynamic" }
      + options.toolset.linker.flatMap { ["-Xlinker", $0] }
  }

  /// Compiles and links an empty program: fails where parts of the target are missing.
  func probe() throws(DeployError) {
    let source = folder.file("probe.c")
    try folder.write("probe.c", "#include <stdio.h>\nint main(void) { return 0; }\n")
    do { try clang.run(cOptions + [source, "-o", folder.file("probe")] + linkOptions, in: folder) } catch {
      guard case .tool(_, _, let output) = error else { throw error }
      throw .noParts(target: options.target, output: output)
    }
  }

  /// - Returns: the path of the object file.
  func compileSwift(_ dispatch: String) throws(DeployError) -> String {
    let object = folder.file("Runner.o")
    try folder.write("module.modulemap", sources.moduleMap())
    try folder.write("Dispatch.swift", dispatch)
    // The runner's files import the runtime under this name: together they are that module.
    let module = ["-module-name", "RuntimeBoard", "-parse-as-library", "-wmo", "-swift-version", "6"]
    let embedded = ["-enable-experimental-feature", "Embedded", "-target", options.triple, "-Osize"]
    // One trap for all checks of a function: nobody reads which of them it was.
    let sections = ["-function-sections", "-disable-stack-protector", "-mergeable-traps"].flatMap {
      ["-Xfrontend", $0]
    }
    let floats = ["-Xcc", "-fno-math-errno", "-Xcc", "-ffp-contract=off"]
    let caches = ["-module-cache-path", folder.file("modules"), "-I", folder.path]
    try swiftc.run(
      module + embedded + sections + floats + caches + options.toolset.swift + ["-c", "-o", object]
        + sources.swiftFiles() + [folder.file("Dispatch.swift")], in: folder)
    // Texts are read byte by byte; each would start on a multiple of 16.
    try copier.run(["--set-section-alignment", ".rodata.str1.16=1", object], in: folder)
    return object
  }

  func compileC() throws(DeployError) -> [String] {
    var objects: [String] = []
    for file in sources.cFiles() {
      let object = folder.file("c\(objects.count).o")
      try clang.run(cOptions + sources.includes + ["-c", file, "-o", object], in: folder)
      objects.append(object)
    }
    return objects
  }

  /// Links what `main` reaches into one relocatable file, arithmetic of the compiler's own library included; texts that
  /// are alike stand there once.
  func join(_ objects: [String]) throws(DeployError) -> ELFFile {
    let library = try clang.run(options.toolset.c + ["-print-libgcc-file-name"], in: folder)
    let arithmetic = library.split(separator: "\n").last.map(String.init) ?? ""
    try linker.run(["-r", "-O2", "--gc-sections", "-u", "main", "-o", whole] + objects + [arithmetic], in: folder)
    return try ELFFile(path: whole)
  }

  func link() throws(DeployError) -> ELFFile {
    let program = folder.file("runner")
    try clang.run(
      options.toolset.c + [whole, "-o", program] + linkOptions + ["-s", "-Xlinker", "--icf=all"], in: folder)
    return try ELFFile(path: program)
  }
}
