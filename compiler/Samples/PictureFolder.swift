import Glibc

/// Pictures in folders, one sub-folder a class; sorted folder names are the classes 0, 1, ...
///
/// What is no picture there is left out and listed.
public func imageFolder(_ path: String, _ wanted: PictureForm) throws(DataFileError) -> any SampleSource {
  let names = try entries(of: path)
  let classNames = names.filter { isFolder(path + "/" + $0) }
  guard !classNames.isEmpty else { throw .emptyFolder(path: path, holds: names) }
  var files: [String] = []
  var classes: [Int32] = []
  var leftOut = names.filter { !isFolder(path + "/" + $0) }.map { path + "/" + $0 }
  for (index, name) in classNames.enumerated() {
    let folder = path + "/" + name
    let found = try entries(of: folder)
    let pictures = found.filter { isPicture(folder + "/" + $0) }
    guard !pictures.isEmpty else { throw .emptyFolder(path: folder, holds: found) }
    files += pictures.map { folder + "/" + $0 }
    classes += [Int32](repeating: Int32(index), count: pictures.count)
    let taken = Set(pictures)
    leftOut += found.filter { !taken.contains($0) }.map { folder + "/" + $0 }
  }
  let paths = files
  let labels = Labels.classes(classes, count: classNames.count, names: classNames)
  return try PictureSource(path: path, labels: labels, wanted: wanted, leftOut: leftOut) {
    index throws(DataFileError) in (try Picture(path: paths[index]), paths[index])
  }
}

/// Names in a folder, hidden ones left out, sorted by their bytes so that every machine agrees.
private func entries(of path: String) throws(DataFileError) -> [String] {
  guard let folder = opendir(path) else {
    let cause = errno
    throw cause == ENOENT ? .notFound(path: path) : .cannotRead(path: path, cause: cause)
  }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    if bytes.first == UInt8(ascii: ".") { continue }
    // Names are texts from here on; another one than the file's own would find nothing, or another file.
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw .fileName(path: path, name: writtenOut(bytes))
    }
    names.append(name)
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// A name that is no UTF-8, with each byte beyond ASCII and each control character as `\xe9`.
public func writtenOut(_ name: [UInt8]) -> String {
  var text = ""
  for byte in name {
    let digits = String(byte, radix: 16)
    text += 0x20..<0x7f ~= byte ? String(UnicodeScalar(byte)) : digits.count < 2 ? "\\x0" + digits : "\\x" + digits
  }
  return text
}

func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// A file that is named as PNG and JPEG files are, or begins as they do.
private func isPicture(_ path: String) -> Bool {
  guard !isFolder(path) else { return false }
  let lower = path.lowercased()
  if [".png", ".jpg", ".jpeg"].contains(where: lower.hasSuffix) { return true }
  let start = firstBytes(of: path, 8)
  return start == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] || start.starts(with: [0xff, 0xd8, 0xff])
}

/// At most `count` bytes from the beginning of a regular file; none of what is no such file or cannot be read.
public func firstBytes(of path: String, _ count: Int) -> [UInt8] {
  // A pipe that nobody writes to is opened at once, too, and then not read.
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard file >= 0 else { return [] }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
    written = max(0, read(file, buffer.baseAddress, count))
  }
}
