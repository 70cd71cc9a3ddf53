import CPictures
import IR

/// Pixels of 8 bits, rows from top to bottom, height x width x channels.
public struct Picture: Hashable, Sendable {
  public let width: Int
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  public var pixels: [UInt8]

  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Reads a PNG or JPEG file as a person sees it: turned as EXIF says, transparent pixels blended with white.
  ///
  /// - Throws: `notFound`, `cannotRead`, `unreadableImage`.
  public init(path: String) throws(DataFileError) {
    let file: FileBytes
    do {
      file = try FileBytes(path: path)
    } catch .malformed {
      throw .unreadableImage(path: path, reason: "the file is empty")
    }
    try self.init(file, path: path)
  }

  init(_ storage: any ConstantStorage, path: String) throws(DataFileError) {
    self = try storage.withBytes { bytes in
      Result { () throws(DataFileError) in try Picture.decoded(bytes, path: path) }
    }.get()
  }

  /// The picture as a person sees it.
  private static func decoded(_ bytes: UnsafeRawBufferPointer, path: String) throws(DataFileError) -> Picture {
    var header = ci_picture()
    try decode(bytes, &header, nil, path)
    let count = Int(header.width) * Int(header.height) * Int(header.channels)
    // A second pass over the header costs nothing beside the pixels, which so are in memory once.
    var failure: DataFileError?
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      guard let base = buffer.baseAddress else { return }
      base.initialize(repeating: 0, count: count)
      do throws(DataFileError) { try decode(bytes, &header, base, path) } catch { failure = error }
      written = count
    }
    if let failure { throw failure }
    let stored = Picture(
      width: Int(header.width), height: Int(header.height), channels: Int(header.channels), pixels: pixels)
    return stored.turned(orientation: Int(header.orientation))
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, _ header: inout ci_picture, _ pixels: UnsafeMutablePointer<UInt8>?, _ path: String
  ) throws(DataFileError) {
    var reason = [CChar](repeating: 0, count: 256)
    let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    guard ci_decode(base, bytes.count, &header, pixels, &reason, reason.count) != 0 else { return }
    let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw .unreadableImage(path: path, reason: String(decoding: text, as: UTF8.self))
  }

  /// The same picture in grey (ITU-R BT.601 weights) or with three equal colours.
  public func converted(to wanted: Int) -> Picture {
    switch (channels, wanted) {
    case (1, 3):
      var result: [UInt8] = []
      result.reserveCapacity(pixels.count * 3)
      for pixel in pixels {
        result.append(pixel)
        result.append(pixel)
        result.append(pixel)
      }
      return Picture(width: width, height: height, channels: 3, pixels: result)
    case (3, 1):
      let result = (0..<(width * height)).map { index in
        let (red, green, blue) = (Int(pixels[3 * index]), Int(pixels[3 * index + 1]), Int(pixels[3 * index + 2]))
        return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
      }
      return Picture(width: width, height: height, channels: 1, pixels: result)
    default: return self
    }
  }
}
