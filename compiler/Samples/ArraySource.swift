import IR
import Runtime

/// The arrays of a `.npz` file that are a model's input and what its loss compares with; others are not read.
public struct ArraySource: SampleSource {
  public let path: String
  public let form: SampleForm
  public let labels: Labels
  private let x: NumPyArray

  /// - Parameters:
  ///   - input: the input's name in the model, which the array may bear.
  ///   - needsLabels: without labels and without need for them, every sample is of class 0.
  /// - Throws: the first thing that keeps the arrays from being samples.
  public init(_ file: NPZ, path: String, input: String? = nil, needsLabels: Bool = true) throws(DataFileError) {
    let name = ArraySource.name(among: file.names, input)
    x = try file.array(name, path: path)
    self.path = path
    guard x.type.isFloat || x.type == .u8 else { throw .arrayType(path: path, name: name, type: x.type.rawValue) }
    let shape = Array(x.shape.dropFirst())
    guard let count = x.shape.first, shape.count <= ArrayShape.limit, !shape.contains(0),
      x.count / max(count, 1) <= Int(Int32.max)
    else { throw .arrayShape(path: path, name: name, shape: x.shape) }
    guard count > 0 else { throw .noSamples(path: path) }
    guard count <= Int(Int32.max) else { throw .tooLarge(path: path) }
    form = SampleForm(x.type == .u8 ? .u8 : .f32, .model, shape)
    if needsLabels {
      labels = try readLabels(file.array("y", path: path), path: path)
    } else {
      labels = .classes([Int32](repeating: 0, count: count), count: 1, names: [])
    }
    guard labels.samples == count else { throw .countsDiffer(path: path, samples: count, labels: labels.samples) }
  }

  /// The arrays of a file, or of those of these names, that are looked at: labels only where they are needed.
  public static func wanted(among names: [String], _ input: String?, needsLabels: Bool = true) -> Set<String> {
    let samples = name(among: names, input)
    return needsLabels ? [samples, "y"] : [samples]
  }

  /// The array of the samples: that of the input's name, `x`, or the only one beside the labels.
  private static func name(among names: [String], _ input: String?) -> String {
    let others = names.filter { $0 != "y" }
    if let input, others.contains(input) { return input }
    return others.count == 1 ? others[0] : "x"
  }

  public func sample(_ index: Int) throws(DataFileError) -> [UInt8] {
    let size = form.elements * x.type.width
    if x.type == .u8 { return x.withBytes { [UInt8]($0[(index * size)..<((index + 1) * size)]) } }
    let values = x.numbers((index * form.elements)..<((index + 1) * form.elements)).map { Float($0) }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(path: path, sample: index) }
    return values.withUnsafeBytes { [UInt8]($0) }
  }
}

/// One integer a sample, in one axis or in further ones of size 1, is its class, and so is a whole number in one axis;
/// other floats are targets of whatever shape.
private func readLabels(_ y: NumPyArray, path: String) throws(DataFileError) -> Labels {
  let shape = Array(y.shape.dropFirst())
  guard !y.shape.isEmpty, shape.count <= ArrayShape.limit, !shape.contains(0) else {
    throw .arrayShape(path: path, name: "y", shape: y.shape)
  }
  let values = y.numbers(0..<y.count)
  if y.type.isFloat, !shape.isEmpty || !values.allSatisfy({ $0 >= 0 && $0 == $0.rounded() && $0 < mostClasses }) {
    let targets = values.map { Float($0) }
    let width = shape.reduce(1, *)
    if let bad = targets.firstIndex(where: { !$0.isFinite }) { throw .notFinite(path: path, sample: bad / width) }
    return .targets(targets, shape: shape)
  }
  guard shape.allSatisfy({ $0 == 1 }) else { throw .classShape(path: path, shape: y.shape, type: y.type.rawValue) }
  var classes: [Int32] = []
  classes.reserveCapacity(values.count)
  for (index, value) in values.enumerated() {
    guard value >= 0 else { throw .labelNegative(path: path, index: index, value: y.text(index)) }
    guard value < mostClasses else {
      throw .labelOutOfRange(
        path: path, index: index, value: y.text(index), classes: Int(mostClasses))
    }
    classes.append(Int32(value))
  }
  return .classes(classes, count: Int(classes.max() ?? 0) + 1, names: [])
}

/// What a float tells apart.
private let mostClasses = Double(1 << 24)
