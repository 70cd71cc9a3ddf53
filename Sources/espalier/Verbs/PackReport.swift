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
  let channels: Int
  let height: Int
  let width: Int
  let dtype: String
  /// Number of classes; null for targets.
  @OrNull var classes: Int?
  let classNames: [String]
  let bytes: Int

  init(_ header: PackHeader, _ labels: Labels, path: String) {
    output = path
    samples = Int(header.samples)
    trainSamples = Int(header.trainSamples)
    evaluationSamples = samples - trainSamples
    channels = Int(header.channels)
    height = Int(header.height)
    width = Int(header.width)
    dtype = header.type == SampleType.u8.rawValue ? "u8" : "f32"
    classes = header.classes == 0 ? nil : Int(header.classes)
    if case .classes(_, _, let names) = labels { classNames = names } else { classNames = [] }
    bytes = Int(header.length)
  }

  var text: String {
    let parts = evaluationSamples > 0 ? " (\(grouped(trainSamples)) for training)" : ""
    let kind = classes.map { "\($0) classes" } ?? "targets"
    return "\(output): \(grouped(samples)) samples\(parts) of \(channels) x \(height) x \(width), \(kind), "
      + "\(grouped(bytes)) bytes\n"
  }
}
