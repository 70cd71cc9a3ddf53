/// The first bytes of packed data; the byte table is in FORMAT.md.
public struct PackHeader: BitwiseCopyable, Sendable {
  /// "ESPPACK\0".
  public static var magic: UInt64 { 0x004b_4341_5050_5345 }
  /// "ESPSTRM\0": samples that arrive one after the other.
  public static var streamMagic: UInt64 { 0x004d_5254_5350_5345 }
  /// "ESPRING\0": the last samples that another process has written.
  public static var ringMagic: UInt64 { 0x0047_4e49_5250_5345 }
  public static var version: UInt32 { 2 }
  public static var size: Int { MemoryLayout<PackHeader>.size }

  public var magic = PackHeader.magic
  public var version = PackHeader.version
  public var headerBytes = UInt32(PackHeader.size)
  public var length: UInt64 = 0
  public var samples: UInt32 = 0
  /// The first so many samples are for training, the others for evaluation.
  public var trainSamples: UInt32 = 0
  /// Arrays that the header ends with: so many inputs, then so many targets.
  public var inputs: UInt32 = 1
  public var targets: UInt32 = 1
  /// Classes, or 0 where labels are numbers.
  public var classes: UInt32 = 0
  public var reserved: UInt32 = 0
  /// JSON list of names.
  public var classNames = TableSpan()
  /// UTF-8 of the names of arrays.
  public var names = TableSpan()
  public var input = PackArray()
  public var target = PackArray()

  public init() { target.type = SampleType.i32.rawValue }
}

/// An array of which each sample has one: what it looks like in the file, and where it is.
public struct PackArray: BitwiseCopyable, Sendable {
  /// Channels that can have a mean and deviation of their own.
  public static var channelLimit: Int { 16 }

  /// Among the names; an array without a name is the plan's only one.
  public var nameOffset: UInt32 = 0
  public var nameBytes: UInt32 = 0
  /// Raw value of `SampleType`.
  public var type: UInt32 = 0
  /// Raw value of `SampleLayout`.
  public var layout: UInt32 = 0
  public var shape = ArrayShape()
  /// Bytes become (byte x scale - mean) / deviation; other types stay as they are.
  public var scale: Float = 1
  /// Entries of mean and deviation in use: element i takes entry i / `channelStep` % `channels`.
  public var channels: UInt32 = 1
  public var channelStep: UInt32 = 1
  public var mean = InlineArray<16, Float>(repeating: 0)
  public var deviation = InlineArray<16, Float>(repeating: 1)
  /// The samples' arrays, one behind the other.
  public var bytes = TableSpan()
  public var reserved = InlineArray<6, UInt32>(repeating: 0)

  public init() {}
}

public enum SampleType: UInt32, Sendable {
  case u8 = 0
  case f32 = 1
  case i32 = 2

  var bytes: Int { self == .u8 ? 1 : 4 }
}

public enum SampleLayout: UInt32, Sendable {
  /// The axes of the model's own input, in its order.
  case model = 0
  /// Height x width x channels, whatever order the model's input has.
  case picture = 1
}

public enum LabelKind: Sendable {
  /// One class, `i32`.
  case classes
  /// Numbers, `f32`.
  case targets
}
