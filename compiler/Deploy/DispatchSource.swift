import Runtime

/// The table of what one runner can do, in Swift: it takes the place of the runtime's `Built.swift`, by which a runner
/// can do everything.
///
/// The runtime asks it at every kernel, part and trait with a constant, so that what it answers no to is not linked.
struct DispatchSource {
  /// The file that it takes the place of, in the runtime's folder.
  static let replaced = "Run/Built.swift"

  let text: String

  init(_ kernels: KernelSet, _ parts: RunnerParts) {
    text = """
      // What one runner can do; written by `espalier build`.

      \(Self.table(of: kernels))

      \(Self.table(of: parts))
      """
  }

  private static func table(of kernels: KernelSet) -> String {
    let pairs = kernels.gradients.map { "(.\($0.opcode), .\($0.source))" }.sorted()
    return """
      @inline(__always)
      public func isBuilt(_ opcode: OpCode) -> Bool {
      \(choice("opcode", kernels.names.map { ".\($0)" }))
      }

      @inline(__always)
      public func isBuilt(_ opcode: OpCode, _ source: GradientFormat) -> Bool {
      \(choice("(opcode, source)", pairs))
      }

      @inline(__always)
      public func isBuilt(_ trait: KernelTrait) -> Bool {
      \(choice("trait", kernels.traits.map { ".\($0)" }.sorted()))
      }

      func builtOpCode(_ rawValue: UInt16) -> OpCode? {
        switch rawValue {
      \(kernels.opcodes.sorted { $0.rawValue < $1.rawValue }.map { "  case \($0.rawValue): .\($0)\n" }.joined())\
        default: nil
        }
      }
      """
  }

  private static func table(of parts: RunnerParts) -> String {
    let words = parts.image.map { digest in
      zip("abcd", [digest.a, digest.b, digest.c, digest.d]).map { "  digest.\($0) = \($1)\n" }.joined()
    }
    let body = words.map { "  var digest = Digest()\n\($0)  return digest\n" } ?? "  nil\n"
    return """
      @inline(__always)
      public func isBuilt(_ part: RunnerPart) -> Bool {
      \(choice("part", parts.parts.map { ".\($0)" }.sorted()))
      }

      @inline(__always)
      public var onlyImage: Digest? {
      \(body)}

      """
  }

  private static func choice(_ value: String, _ patterns: [String]) -> String {
    guard !patterns.isEmpty else { return "  false" }
    return """
        switch \(value) {
        case \(patterns.joined(separator: ",\n    ")): true
        default: false
        }
      """
  }
}
