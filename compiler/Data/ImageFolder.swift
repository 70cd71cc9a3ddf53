import Glibc

/// Pictures in folders, one sub-folder a class; sorted folder names are the classes 0, 1, ...
public func imageFolder(_ path: String, _ wanted: PictureForm) throws(DataFileError) -> any SampleSource {
  let names = try entries(of: path).filter { isFolder(path + "/" + $0) }
  guard !names.isEmpty else { throw .emptyFolder(path: path) }
  var files: [String] = []
  var classes: [Int32] = []
  for (index, name) in names.enumerated() {
    let folder = path + "/" + name
    let pictures = try entries(of: folder).filter(isPictureName)
    guard !pictures.isEmpty else { throw .emptyFolder(path: folder) }
    files += pictures.map { folder + "/" + $0 }
    classes += [Int32](repeating: Int32(index), count: pictures.count)
  }
  let paths = files
  let labels = Labels.classes(classes, count: names.count, names: names)
  return try PictureSource(path: path, labels: labels, wanted: wanted) { index throws(DataFileError) in
    (try Picture(path: paths[index]), paths[index])
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
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

private func isPictureName(_ name: String) -> Bool {
  let lower = name.lowercased()
  return [".png", ".jpg", ".jpeg"].contains { lower.hasSuffix($0) }
}
