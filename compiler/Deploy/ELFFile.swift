import Foundation

/// What a linker wrote: sections, symbols that are missing, libraries that are needed (System V ABI, ELF, little-endian,
/// 32 or 64 bits).
///
/// Swift's toolchain has llvm-nm, but nothing that prints sizes of sections or needed libraries as llvm-size and
/// llvm-readelf do, and on a board's files the system's tools need not work.
struct ELFFile {
  let bytes: [UInt8]
  private let path: String
  private let is64: Bool
  private let sections: [Section]

  private struct Section {
    var name = 0
    var type = 0
    var flags = 0
    var offset = 0
    var size = 0
    /// Index of the section that holds its names.
    var link = 0

    /// Tables of unwinding do not count: the last link leaves one entry of them.
    var isInMemory: Bool { flags & 2 != 0 && type != SectionType.armUnwinding }
    var isCode: Bool { flags & 4 != 0 }
  }

  /// Types of sections that are looked at.
  private enum SectionType {
    static let symbols = 2
    static let dynamic = 6
    static let armUnwinding = 0x7000_0001
  }

  /// - Throws: `DeployError.notELF`, `cannotRead`.
  init(path: String) throws(DeployError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .cannotRead(path: path, cause: errno) }
    try self.init(bytes: [UInt8](data), path: path)
  }

  /// - Throws: `DeployError.notELF`.
  init(bytes: [UInt8], path: String) throws(DeployError) {
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), bytes.count > 64, bytes[5] == 1 else {
      throw .notELF(path: path)
    }
    self.bytes = bytes
    self.path = path
    is64 = bytes[4] == 2
    let fields = Fields(bytes)
    guard let start = fields[is64 ? 0x28 : 0x20, is64 ? 8 : 4], let size = fields[is64 ? 0x3a : 0x2e, 2],
      let count = fields[is64 ? 0x3c : 0x30, 2]
    else { throw .notELF(path: path) }
    // From here on no sum of offsets can overflow.
    guard start <= bytes.count else { throw .notELF(path: path) }
    var sections: [Section] = []
    for index in 0..<count {
      let at = start + index * size
      guard let section = Self.section(fields, at, is64) else { throw .notELF(path: path) }
      sections.append(section)
    }
    self.sections = sections
  }

  private static func section(_ fields: Fields, _ at: Int, _ is64: Bool) -> Section? {
    let word = is64 ? 8 : 4
    guard let name = fields[at, 4], let type = fields[at + 4, 4], let flags = fields[at + 8, word],
      let offset = fields[at + 8 + 2 * word, word], let size = fields[at + 8 + 3 * word, word],
      let link = fields[at + 8 + 4 * word, 4]
    else { return nil }
    guard offset <= fields.count, link < 1 << 16, size <= 1 << 40 else { return nil }
    return Section(name: name, type: type, flags: flags, offset: offset, size: size, link: link)
  }

  /// Bytes of machine code.
  var codeBytes: Int { sections.filter { $0.isInMemory && $0.isCode }.reduce(0) { $0 + $1.size } }

  /// Bytes of constants and variables, those that start as zeros included.
  var dataBytes: Int { sections.filter { $0.isInMemory && !$0.isCode }.reduce(0) { $0 + $1.size } }

  /// Names that something else has to define.
  var undefinedSymbols: [String] {
    get throws(DeployError) {
      let fields = Fields(bytes)
      var names: [String] = []
      for section in sections where section.type == SectionType.symbols {
        let size = is64 ? 24 : 16
        for index in 1..<max(1, section.size / size) {
          let at = section.offset + index * size
          guard let name = fields[at, 4], let owner = fields[at + (is64 ? 6 : 14), 2],
            let text = text(name, in: section.link)
          else { throw .notELF(path: path) }
          if owner == 0 && !text.isEmpty { names.append(text) }
        }
      }
      return names.sorted()
    }
  }

  /// Libraries that must be there when the program starts.
  var neededLibraries: [String] {
    let fields = Fields(bytes)
    let (word, needed) = (is64 ? 8 : 4, 1)
    return sections.filter { $0.type == SectionType.dynamic }.flatMap { section in
      stride(from: section.offset, to: section.offset + section.size, by: 2 * word).compactMap { at in
        fields[at, word] == needed ? fields[at + word, word].flatMap { text($0, in: section.link) } : nil
      }
    }
  }

  private func text(_ offset: Int, in section: Int) -> String? {
    guard sections.indices.contains(section) else { return nil }
    guard offset <= bytes.count else { return nil }
    let start = sections[section].offset + offset
    guard start >= 0, start <= bytes.count, let end = bytes[start...].firstIndex(of: 0) else { return nil }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

/// Numbers at places in a file, nil outside.
private struct Fields {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  subscript(_ offset: Int, _ width: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - width else { return nil }
    let value = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    return Int(exactly: value)
  }
}
