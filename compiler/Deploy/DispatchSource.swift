/// Swift source for a runner with a few kernels: the switches of the runtime with only their opcodes in them.
///
/// The runtime's own files are what it is made from, so that an opcode is bound to its kernel in one place.
struct DispatchSource {
  /// Files that switch over all opcodes, in the runtime's folder, and what happens to an opcode that is left out.
  private static let switches = [
    (file: "Run/Execute.swift", otherwise: "return"), (file: "Image/Extents.swift", otherwise: "false"),
    (file: "Kernels/FastKernels.swift", otherwise: "false"),
  ]
  private static let built = "Run/Built.swift"

  /// Files that the source stands for, which must not be compiled beside it.
  static let replaced = switches.map(\.file) + [built]

  let text: String

  /// - Parameter read: gives the text of a file of the runtime's folder.
  init(
    _ kernels: KernelSet, _ parts: RunnerParts, read: (String) throws(DeployError) -> String
  ) throws(DeployError) {
    var imports: Set<String> = []
    var sources: [String] = []
    for (file, otherwise) in Self.switches {
      let names = Set(kernels.names)
      var lines: [String] = []
      for line in try read(file).split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("import ") { imports.insert(String(line)) } else { lines.append(String(line)) }
      }
      sources.append(narrowed(lines, to: names, otherwise: otherwise).joined(separator: "\n"))
    }
    let head = "// What one runner can do; written by `espalier build`.\n"
    text =
      ([head + imports.sorted().joined(separator: "\n")] + sources + [
        Self.knowledge(of: kernels), Self.knowledge(of: parts),
      ])
      .joined(separator: "\n\n")
  }

  /// The functions that tell a reader which kernels are there.
  private static func knowledge(of kernels: KernelSet) -> String {
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

  private static func knowledge(of parts: RunnerParts) -> String {
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

/// The lines of a source file in which every `switch opcode` has only the cases of these names, and a default.
///
/// Relies on the layout of the project's formatter: a case starts its line, as deep as the switch.
func narrowed(_ lines: [String], to names: Set<String>, otherwise: String) -> [String] {
  var result: [String] = []
  var index = 0
  while index < lines.count {
    let line = lines[index]
    result.append(line)
    index += 1
    guard line.hasSuffix("switch opcode {") else { continue }
    let indent = String(line.prefix { $0 == " " })
    guard let end = lines[index...].firstIndex(of: indent + "}") else { continue }
    result += cases(lines[index..<end], indent, names, otherwise)
    index = end
  }
  return result
}

private func cases(_ lines: ArraySlice<String>, _ indent: String, _ names: Set<String>, _ otherwise: String) -> [String]
{
  var result: [String] = []
  var rest = lines
  var hasDefault = false
  while !rest.isEmpty {
    let next = rest.dropFirst().firstIndex { $0.hasPrefix(indent + "case ") || $0.hasPrefix(indent + "default:") }
    let text = rest[..<(next ?? rest.endIndex)].joined(separator: "\n")
    rest = rest[(next ?? rest.endIndex)...]
    guard text.hasPrefix(indent + "case "), let colon = text.firstIndex(of: ":") else {
      hasDefault = true
      result.append(text)
      continue
    }
    let patterns = text[..<colon].split { " ,\n".contains($0) }.filter { $0.hasPrefix(".") }
    let kept = patterns.filter { names.contains(String($0.dropFirst())) }
    if !kept.isEmpty { result.append("\(indent)case \(kept.joined(separator: ", "))\(text[colon...])") }
  }
  return result + (hasDefault ? [] : ["\(indent)default: \(otherwise)"])
}
