import Report
import Runtime
import Samples

/// What `data pack` says about its result.
struct PackReport: Encodable {
  let schema = 1
  let output: String
  let samples: Int
  let trainSamples: Int
  let evaluationSamples: Int
  /// Axes of one sample; of a picture, height x width x channels.
  let sampleShape: [Int]
  let dtype: String
  /// What bytes are multiplied with when they are read; null for floats.
  @OrNull var scale: Float?
  /// Number of classes; null for targets.
  @OrNull var classes: Int?
  let classNames: [String]
  let bytes: Int
  /// Files of the folder that are neither PNG nor JPEG.
  let leftOut: [String]

  init(_ header: PackHeader, _ source: any SampleSource, path: String) {
    output = path
    leftOut = source.leftOut
    samples = Int(header.samples)
    trainSamples = Int(header.trainSamples)
    evaluationSamples = samples - trainSamples
    sampleShape = header.input.shape.sizes
    let isBytes = header.input.type == SampleType.u8.rawValue
    dtype = isBytes ? "u8" : "f32"
    scale = isBytes ? header.input.scale : nil
    classes = header.classes == 0 ? nil : Int(header.classes)
    if case .classes(_, _, let names) = source.labels { classNames = names } else { classNames = [] }
    bytes = Int(header.length)
  }

  /// What a folder holds beside pictures, which nobody should find out later.
  var leftOutText: String? {
    guard !leftOut.isEmpty else { return nil }
    return "left out, neither PNG nor JPEG: \(some(leftOut))"
  }

  var text: String {
    let parts = evaluationSamples > 0 ? " (\(grouped(trainSamples)) for training)" : ""
    let kind = classes.map { counted($0, "class", plural: "classes") } ?? "targets"
    return "\(output): \(counted(samples, "sample"))\(parts) of \(axesText(sampleShape))"
      + (scale.map { " (byte x \(scaleText($0)))" } ?? "") + ", \(kind), \(grouped(bytes)) bytes\n"
  }
}
