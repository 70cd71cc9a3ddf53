import IR
import Runtime

/// What packing does beside copying samples.
public struct PackOptions: Hashable, Sendable {
  /// Subtracted after scaling: one number, or one a channel. Nil is 0.
  public var mean: [Float]?
  /// Divides after that. Nil is 1.
  public var deviation: [Float]?
  /// Multiplies first; nil is 1/255 for bytes and 1 for floats.
  public var scale: Float?
  /// Share of the samples that are for training; nil takes all of them, in the order of the source.
  public var split: Double?
  /// Most samples to take, drawn at random; nil takes all.
  public var limit: Int?
  /// Decides the order of the samples where they are split or limited.
  public var seed: UInt64 = 0

  public init() {}

  /// The samples to pack, in order, and how many of them are for training.
  func selection(of count: Int) -> (samples: [Int], train: Int) {
    var samples = Array(0..<count)
    if split != nil || limit != nil {
      var generator = SeededGenerator(seed: seed, name: "split")
      samples.shuffle(using: &generator)
    }
    if let limit, limit < count { samples.removeLast(count - limit) }
    let train = split.map { Int(($0 * Double(samples.count)).rounded()) } ?? samples.count
    return (samples, max(1, min(train, samples.count)))
  }
}

/// Scale, mean and deviation, of all elements or of each channel.
struct Normalization {
  let scale: Float
  let mean: [Float]
  let deviation: [Float]
  /// Element i takes entry i / `step` % `channels`.
  private let channels: Int
  private let step: Int

  /// One entry stands for all channels.
  ///
  /// - Throws: `normalization` for another number of entries than channels, or more channels than the format has.
  init(_ options: PackOptions, _ form: SampleForm, path: String) throws(DataFileError) {
    scale = options.scale ?? (form.type == .u8 ? 1 / 255 : 1)
    mean = options.mean ?? [0]
    deviation = options.deviation ?? [1]
    let channels = max(mean.count, deviation.count)
    let axis = channels == 1 ? 0 : form.channelAxis(channels)
    for (values, option) in [(mean, "mean"), (deviation, "std")] {
      let isPositive = option == "mean" || values.allSatisfy { $0 > 0 }
      let fits = values.count == 1 || values.count == channels && axis != nil && channels <= PackArray.channelLimit
      guard fits, isPositive, values.allSatisfy(\.isFinite) else {
        throw .normalization(path: path, option: option, values: values, shape: form.shape)
      }
    }
    self.channels = channels
    step = channels == 1 ? 1 : form.shape[(axis! + 1)...].reduce(1, *)
    guard form.type == .u8 else { return }
    for channel in 0..<channels {
      guard normalized(0, channel).isFinite, normalized(255, channel).isFinite else { throw .outOfRange(path: path) }
    }
  }

  private func entry(_ values: [Float], _ channel: Int) -> Float { values.count == 1 ? values[0] : values[channel] }

  /// Says how packed bytes are normalized, which happens when they are read.
  func describe(in array: inout PackArray) {
    array.scale = scale
    array.channels = UInt32(channels)
    array.channelStep = UInt32(step)
    for index in 0..<channels {
      array.mean[index] = entry(mean, index)
      array.deviation[index] = entry(deviation, index)
    }
  }

  private func normalized(_ value: Float, _ channel: Int) -> Float {
    (value * scale - entry(mean, channel)) / entry(deviation, channel)
  }

  /// Normalizes floats in place; false where a result is no finite number.
  func apply(_ bytes: inout [UInt8], _ form: SampleForm) -> Bool {
    bytes.withUnsafeMutableBytes { raw in
      var isFinite = true
      for index in 0..<form.elements {
        let channel = index / step % channels
        let value = raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        let normal = normalized(value, channel)
        isFinite = isFinite && normal.isFinite
        raw.storeBytes(of: normal, toByteOffset: 4 * index, as: Float.self)
      }
      return isFinite
    }
  }
}
