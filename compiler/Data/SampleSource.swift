import Runtime

/// Height, width and channels of one sample, and the type of its elements.
public struct SampleForm: Hashable, Sendable {
  public var type: SampleType
  public var layout: SampleLayout
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(_ type: SampleType, _ layout: SampleLayout, channels: Int, height: Int, width: Int) {
    self.type = type
    self.layout = layout
    self.channels = channels
    self.height = height
    self.width = width
  }

  public var elements: Int { channels * height * width }
  public var bytes: Int { elements * (type == .u8 ? 1 : 4) }
}

/// What is known about the samples beside their values.
public enum Labels: Hashable, Sendable {
  /// One class a sample; `names` is empty where classes have none.
  case classes([Int32], count: Int, names: [String])
  /// `width` numbers a sample, sample by sample.
  case targets([Float], width: Int)

  public var samples: Int {
    switch self {
    case .classes(let classes, _, _): classes.count
    case .targets(let values, let width): values.count / width
    }
  }
}

/// Samples that are read one at a time, in any order.
public protocol SampleSource: Sendable {
  /// File or folder, for messages.
  var path: String { get }
  var form: SampleForm { get }
  var labels: Labels { get }
  /// Bytes of one sample, in the layout that `form` states.
  func sample(_ index: Int) throws(DataFileError) -> [UInt8]
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
