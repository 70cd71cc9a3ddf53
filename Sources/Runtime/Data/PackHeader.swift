/// The first bytes of packed data; the byte table is in FORMAT.md.
public struct PackHeader: BitwiseCopyable, Sendable {
  /// "ESPPACK\0".
  public static var magic: UInt64 { 0x004b_4341_5050_5345 }
  /// "ESPSTRM\0": samples that arrive one after the other.
  public static var streamMagic: UInt64 { 0x004d_5254_5350_5345 }
  /// "ESPRING\0": the last samples that another process has written.
  public static var ringMagic: UInt64 { 0x0047_4e49_5250_5345 }
  public static var version: UInt32 { 1 }
  public static var size: Int { MemoryLayout<PackHeader>.size }
  /// Channels that can have a mean and deviation of their own; with more channels, the first entry serves all.
  public static var channelLimit: Int { 16 }

  public var magic = PackHeader.magic
  public var version = PackHeader.version
  public var headerBytes = UInt32(PackHeader.size)
  public var length: UInt64 = 0
  public var samples: UInt32 = 0
  /// The first so many samples are for training, the others for evaluation.
  public var trainSamples: UInt32 = 0
  public var channels: UInt32 = 1
  public var height: UInt32 = 1
  public var width: UInt32 = 1
  /// Raw value of `SampleType`.
  public var type: UInt32 = 0
  /// Raw value of `SampleLayout`.
  public var layout: UInt32 = 0
  /// Raw value of `LabelKind`.
  public var labelKind: UInt32 = 0
  /// Numbers of one label: 1 for classes.
  public var labelElements: UInt32 = 1
  /// Classes, or 0 where labels are targets.
  public var classes: UInt32 = 0
  /// Bytes become (byte x scale - mean) / deviation; `f32` samples stay as they are.
  public var scale: Float = 1
  public var reserved: UInt32 = 0
  public var mean = InlineArray<16, Float>(repeating: 0)
  public var deviation = InlineArray<16, Float>(repeating: 1)
  public var sampleBytes = TableSpan()
  public var labelBytes = TableSpan()
  /// JSON list of names.
  public var classNames = TableSpan()

  public init() {}
}

public enum SampleType: UInt32, Sendable {
  case u8 = 0
  case f32 = 1

  var bytes: Int { self == .u8 ? 1 : 4 }
}

public enum SampleLayout: UInt32, Sendable {
  /// A list of features in the order of the model's input in the arena.
  case plain = 0
  case channelsFirst = 1
  case channelsLast = 2
}

public enum LabelKind: UInt32, Sendable {
  /// One class, `i32`.
  case classes = 0
  /// `labelElements` numbers, `f32`.
  case targets = 1
}
