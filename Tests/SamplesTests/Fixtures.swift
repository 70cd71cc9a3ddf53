import CJPEG
import CPNG
import CZlib
import Foundation

@testable import Samples

/// A folder of its own for one test, gone afterwards.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "data-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, with the folders above it, and returns its path.
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Foundation.Data(bytes).write(to: url)
    return url.path
  }

  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    return path + "/" + name
  }
}

/// A picture whose pixels all differ from their neighbours.
func gradientPicture(width: Int, height: Int, channels: Int) -> Picture {
  let pixels = (0..<(width * height * channels)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
  return Picture(width: width, height: height, channels: channels, pixels: pixels)
}

func png(_ picture: Picture) -> [UInt8] {
  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  image.width = UInt32(picture.width)
  image.height = UInt32(picture.height)
  image.format = picture.channels == 3 ? 2 : 0
  var size = 0
  png_image_write_to_memory(&image, nil, &size, 0, picture.pixels, 0, nil)
  var bytes = [UInt8](repeating: 0, count: size)
  png_image_write_to_memory(&image, &bytes, &size, 0, picture.pixels, 0, nil)
  return bytes
}

func jpeg(_ picture: Picture) -> [UInt8] {
  var errors = jpeg_error_mgr()
  var info = jpeg_compress_struct()
  info.err = jpeg_std_error(&errors)
  jpeg_CreateCompress(&info, JPEG_LIB_VERSION, MemoryLayout<jpeg_compress_struct>.size)
  var buffer: UnsafeMutablePointer<UInt8>?
  var size: UInt = 0
  jpeg_mem_dest(&info, &buffer, &size)
  info.image_width = UInt32(picture.width)
  info.image_height = UInt32(picture.height)
  info.input_components = Int32(picture.channels)
  info.in_color_space = picture.channels == 3 ? JCS_RGB : JCS_GRAYSCALE
  jpeg_set_defaults(&info)
  jpeg_set_quality(&info, 95, 1)
  jpeg_start_compress(&info, 1)
  var pixels = picture.pixels
  let stride = picture.width * picture.channels
  pixels.withUnsafeMutableBufferPointer { pixels in
    for y in 0..<picture.height {
      var row: JSAMPROW? = pixels.baseAddress! + y * stride
      jpeg_write_scanlines(&info, &row, 1)
    }
  }
  jpeg_finish_compress(&info)
  jpeg_destroy_compress(&info)
  defer { free(buffer) }
  return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(size)))
}

/// An IDX file of unsigned bytes.
func idx(_ shape: [Int], _ values: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(shape.count)] + shape.flatMap { size in (0..<4).map { UInt8(size >> (24 - 8 * $0) & 0xff) } } + values
}

/// Compressed bytes: 31 for gzip, −15 for the entries of zip archives.
func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  deflateInit2_(&stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + 256)
  return input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      deflate(&stream, Z_FINISH)
      return [UInt8](output[..<Int(stream.total_out)])
    }
  }
}
