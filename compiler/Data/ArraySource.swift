import IR
import Runtime

/// Arrays `x` and `y` of a `.npz` file.
public struct ArraySource: SampleSource {
  public let path: String
  public let form: SampleForm
  public let labels: Labels
  private let x: NumPyArray

  /// - Parameter needsLabels: without labels and without need for them, every sample is of class 0.
  /// - Throws: the first thing that keeps the arrays from being samples.
  public init(_ file: NPZ, path: String, needsLabels: Bool = true) throws(DataFileError) {
    x = try file.array("x", path: path)
    self.path = path
    guard x.type.isFloat || x.type == .u8 else { throw .arrayType(path: path, name: "x", type: x.type.rawValue) }
    guard let count = x.shape.first, x.shape.count >= 2, !x.shape.dropFirst().contains(0),
      x.count / max(count, 1) <= Int(Int32.max)
    else { throw .arrayShape(path: path, name: "x", shape: x.shape) }
    guard count > 0 else { throw .noSamples(path: path) }
    guard count <= Int(Int32.max) else { throw .tooLarge(path: path) }
    form = sampleForm(x.type == .u8 ? .u8 : .f32, Array(x.shape.dropFirst()))
    if needsLabels || file["y"] != nil {
      labels = try readLabels(file.array("y", path: path), path: path)
    } else {
      labels = .classes([Int32](repeating: 0, count: count), count: 1, names: [])
    }
    guard labels.samples == count else { throw .countsDiffer(path: path, samples: count, labels: labels.samples) }
  }

  public func sample(_ index: Int) throws(DataFileError) -> [UInt8] {
    let size = form.elements * x.type.width
    if x.type == .u8 { return x.withBytes { [UInt8]($0[(index * size)..<((index + 1) * size)]) } }
    let values = x.numbers((index * form.elements)..<((index + 1) * form.elements)).map { Float($0) }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(path: path, sample: index) }
    return values.withUnsafeBytes { [UInt8]($0) }
  }
}

/// The form of a sample in the model's own layout: C, C x L or C x H x W; other shapes are plain lists of features.
private func sampleForm(_ type: SampleType, _ shape: [Int]) -> SampleForm {
  switch shape.count {
  case 2: SampleForm(type, .channelsFirst, channels: shape[0], height: 1, width: shape[1])
  case 3: SampleForm(type, .channelsFirst, channels: shape[0], height: shape[1], width: shape[2])
  default: SampleForm(type, .plain, channels: shape.reduce(1, *), height: 1, width: 1)
  }
}

/// Integers (or floats that are whole numbers) in one dimension are classes; floats in two dimensions are targets.
private func readLabels(_ y: NumPyArray, path: String) throws(DataFileError) -> Labels {
  guard y.shape.count == 1 || y.shape.count == 2, let count = y.shape.first, y.shape.count == 1 || y.shape[1] > 0 else {
    throw .arrayShape(path: path, name: "y", shape: y.shape)
  }
  let values = y.numbers(0..<y.count)
  if y.shape.count == 2 {
    guard y.type.isFloat else { throw .arrayType(path: path, name: "y", type: y.type.rawValue) }
    let width = y.shape[1]
    let targets = values.map { Float($0) }
    if let bad = targets.firstIndex(where: { !$0.isFinite }) { throw .notFinite(path: path, sample: bad / width) }
    return .targets(targets, width: width)
  }
  var classes: [Int32] = []
  classes.reserveCapacity(count)
  for (index, value) in values.enumerated() {
    guard value == value.rounded() else { throw .labelNotInteger(path: path, index: index, value: value) }
    guard value >= 0 else { throw .labelNegative(path: path, index: index, value: Int(exactly: value) ?? .min) }
    guard value < Double(1 << 24) else {
      throw .labelOutOfRange(path: path, index: index, value: Int(exactly: value) ?? .max, classes: 1 << 24)
    }
    classes.append(Int32(value))
  }
  return .classes(classes, count: Int(classes.max() ?? 0) + 1, names: [])
}
