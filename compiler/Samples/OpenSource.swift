import IR

/// The samples of a folder of class folders, a `.npz` file or an IDX pair.
///
/// - Parameter labels: file of the classes for IDX pictures.
/// - Throws: `unknownKind`, and what reading the source throws.
public func openSource(
  _ path: String, labels: String? = nil, form: PictureForm = PictureForm()
) throws(DataFileError) -> any SampleSource {
  if isFolder(path) {
    guard labels == nil else { throw .labelledByFolders(path: path) }
    return try imageFolder(path, form)
  }
  let file = try FileBytes(path: path)
  let start = file.withBytes { [UInt8]($0.prefix(4)) }
  if start.starts(with: Array("PK".utf8)) || start.first == 0x93 {
    let given = [("size", form.size != nil), ("channels", form.channels != nil), ("labels", labels != nil)]
    if let option = given.first(where: { $0.1 })?.0 { throw .notAPicture(path: path, option: option) }
    return try ArraySource(
      NPZ(file, path: path, only: ArraySource.wanted(among: NPZ.names(in: file, path: path), nil)), path: path)
  }
  if start.starts(with: [0x1f, 0x8b]) || start.starts(with: [0, 0]) { return try idxPair(path, labels: labels, form) }
  throw .unknownKind(path: path)
}
