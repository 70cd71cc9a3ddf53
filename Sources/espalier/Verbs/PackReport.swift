import Data
import Report
import Runtime

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

  init(_ header: PackHeader, _ labels: Labels, path: String) {
    output = path
    samples = Int(header.samples)
    trainSamples = Int(header.trainSamples)
    evaluationSamples = samples - trainSamples
    sampleShape = header.input.shape.sizes
    let isBytes = header.input.type == SampleType.u8.rawValue
    dtype = isBytes ? "u8" : "f32"
    scale = isBytes ? header.input.scale : nil
    classes = header.classes == 0 ? nil : Int(header.classes)
    if case .classes(_, _, let names) = labels { classNames = names } else { classNames = [] }
    bytes = Int(header.length)
  }

  var text: String {
    let parts = evaluationSamples > 0 ? " (\(grouped(trainSamples)) for training)" : ""
    let kind = classes.map { "\($0) classes" } ?? "targets"
    return "\(output): \(grouped(samples)) samples\(parts) of \(axesText(sampleShape))"
      + (scale.map { " (byte x \(scaleText($0)))" } ?? "") + ", \(kind), \(grouped(bytes)) bytes\n"
  }
}
