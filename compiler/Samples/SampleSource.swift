import Runtime

/// What an array of one sample is: its axes, and the type of its elements.
public struct SampleForm: Hashable, Sendable {
  public var type: SampleType
  public var layout: SampleLayout
  public var shape: [Int]

  public init(_ type: SampleType, _ layout: SampleLayout, _ shape: [Int]) {
    self.type = type
    self.layout = layout
    self.shape = shape
  }

  public var elements: Int { shape.reduce(1, *) }
  public var bytes: Int { elements * (type == .u8 ? 1 : 4) }

  /// The axis that so many channels can only be: that of a picture's colours, else the first or the last.
  func channelAxis(_ channels: Int) -> Int? {
    guard let last = shape.indices.last else { return nil }
    let candidates = layout == .picture ? [last] : [0, last]
    return candidates.first { shape[$0] == channels }
  }
}

/// What is known about the samples beside their values.
public enum Labels: Hashable, Sendable {
  /// One class a sample; `names` is empty where classes have none.
  case classes([Int32], count: Int, names: [String])
  /// Numbers of this shape for each sample, sample by sample.
  case targets([Float], shape: [Int])

  public var samples: Int {
    switch self {
    case .classes(let classes, _, _): classes.count
    case .targets(let values, _): values.count / width
    }
  }

  /// Numbers of one sample.
  var width: Int {
    switch self {
    case .classes: 1
    case .targets(_, let shape): shape.reduce(1, *)
    }
  }
}

/// Samples that are read one at a time, in any order.
public protocol SampleSource: Sendable {
  /// File or folder, for messages.
  var path: String { get }
  var form: SampleForm { get }
  var labels: Labels { get }
  /// Files beside the samples that are none, and are not read.
  var leftOut: [String] { get }
  /// Bytes of one sample, in the layout that `form` states.
  func sample(_ index: Int) throws(DataFileError) -> [UInt8]
}

extension SampleSource {
  public var leftOut: [String] { [] }
}

/// How pictures are brought to one form.
public struct PictureForm: Hashable, Sendable {
  /// Width and height in pixels; nil keeps those of the first picture.
  public var size: Int?
  /// 1 or 3; nil keeps those of the first picture.
  public var channels: Int?

  public init(size: Int? = nil, channels: Int? = nil) {
    self.size = size
    self.channels = channels
  }
}
