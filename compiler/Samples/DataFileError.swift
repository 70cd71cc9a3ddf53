/// Why files cannot become samples; `path` names the file, `index` the sample or array entry.
public enum DataFileError: Error, Hashable, Sendable {
  case notFound(path: String)
  /// The system's error number.
  case cannotRead(path: String, cause: Int32)
  case cannotWrite(path: String, cause: Int32)
  /// Neither a folder of class folders, nor `.npz`, `.npy`, IDX or packed data.
  case unknownKind(path: String)

  case malformed(path: String, Malformation)
  case missingArray(path: String, name: String, present: [String])
  /// An element type that the array cannot have; the type in NumPy's spelling.
  case arrayType(path: String, name: String, type: String)
  /// Dimensions that the array cannot have.
  case arrayShape(path: String, name: String, shape: [Int])
  case notFinite(path: String, sample: Int)
  /// Integers of which a sample has several: neither its class nor numbers.
  case classShape(path: String, shape: [Int], type: String)

  case countsDiffer(path: String, samples: Int, labels: Int)
  case labelNegative(path: String, index: Int, value: String)
  case labelOutOfRange(path: String, index: Int, value: String, classes: Int)
  /// Labels of an IDX file must be named: there is no file beside it that follows the usual names. Nil where the name of
  /// the pictures is none of those.
  case labelsNotFound(path: String, expected: String?)

  /// A folder without class folders, or a class folder without pictures; `holds` names what is there instead.
  case emptyFolder(path: String, holds: [String])
  case unreadableImage(path: String, reason: String)
  /// Pictures of other sides than the first one, and no size to bring them to.
  case sizesDiffer(path: String, width: Int, height: Int, expectedWidth: Int, expectedHeight: Int)
  /// Float arrays and features are not resized, and have the channels they have.
  case notAPicture(path: String, option: String)
  /// A file of classes beside a folder, whose sub-folders are the classes.
  case labelledByFolders(path: String)
  /// A file in a folder whose name is no UTF-8; `name` is that name with the bytes in question written out.
  case fileName(path: String, name: String)
  case noSamples(path: String)
  /// Means or deviations that are not one, or one a channel, or not above 0 where they divide.
  case normalization(path: String, option: String, values: [Float], shape: [Int])
  /// Samples that scale, mean and deviation take out of the range of floats.
  case outOfRange(path: String)
  /// More samples or bytes than the format can hold.
  case tooLarge(path: String)
  /// More bytes than this computer has memory for.
  case noMemory(path: String, bytes: Int, available: Int)
}

/// What is wrong inside a file.
public enum Malformation: Hashable, Sendable {
  /// Has no bytes at all.
  case empty
  /// Ends before the bytes it announces.
  case truncated
  /// Goes on behind the bytes it announces.
  case trailing
  case notNumPy
  case numPyHeader
  case notZip
  case zipDirectory
  /// Two entries of one name.
  case zipRepeated(entry: String)
  /// An entry whose bytes are those of another one, too.
  case zipOverlap(entry: String)
  case zipMethod(entry: String, method: Int)
  /// Compressed bytes that do not unpack.
  case compression
  case checksum(entry: String)
  case notIDX
  case idxType(Int)
  case idxDimensions
}
