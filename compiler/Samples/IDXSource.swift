/// Grey pictures and classes in a pair of IDX files.
///
/// - Parameter labels: file of the classes; nil takes the usual name beside the pictures.
/// - Throws: `labelsNotFound`, `countsDiffer`, and what reading the files throws.
public func idxPair(
  _ path: String, labels: String? = nil, _ wanted: PictureForm
) throws(DataFileError) -> any SampleSource {
  let pictures = try IDX(path: path)
  guard pictures.shape.count == 3, !pictures.shape.contains(0) else { throw .malformed(path: path, .idxDimensions) }
  let usual = IDX.labelsPath(for: path)
  if labels == nil && usual == path { throw .labelsNotFound(path: path, expected: nil) }
  let labelsPath = labels ?? usual
  let classes: IDX
  do {
    classes = try IDX(path: labelsPath)
  } catch .notFound where labels == nil {
    throw .labelsNotFound(path: path, expected: usual)
  }
  guard classes.shape.count == 1 else { throw .malformed(path: labelsPath, .idxDimensions) }
  let count = pictures.shape[0]
  guard classes.shape[0] == count else {
    throw .countsDiffer(path: path, samples: count, labels: classes.shape[0])
  }
  let values = classes.storage.withBytes { raw in (0..<count).map { Int32(raw[classes.offset + $0]) } }
  let known = Labels.classes(values, count: Int(values.max() ?? 0) + 1, names: [])
  let (height, width) = (pictures.shape[1], pictures.shape[2])
  return try PictureSource(path: path, labels: known, wanted: wanted) { index in
    let start = pictures.offset + index * width * height
    let pixels = pictures.storage.withBytes { [UInt8]($0[start..<(start + width * height)]) }
    return (Picture(width: width, height: height, channels: 1, pixels: pixels), path)
  }
}
