import CZlib
import Testing

@testable import Samples

@Test(arguments: [1, 3])
func picturesSurvivePNG(channels: Int) throws {
  let scratch = try Scratch()
  let picture = gradientPicture(width: 7, height: 5, channels: channels)
  #expect(try Picture(path: scratch.write("a.png", png(picture))) == picture)
}

@Test(arguments: [1, 3])
func flatPicturesSurviveJPEG(channels: Int) throws {
  let scratch = try Scratch()
  let pixels = [UInt8](repeating: 90, count: 16 * 8 * channels)
  let picture = Picture(width: 16, height: 8, channels: channels, pixels: pixels)
  let read = try Picture(path: scratch.write("a.jpg", jpeg(picture)))
  #expect(read.width == 16 && read.height == 8 && read.channels == channels)
  #expect(read.pixels.allSatisfy { abs(Int($0) - 90) <= 2 })
}

@Test func damagedPicturesNameTheFile() throws {
  let scratch = try Scratch()
  let picture = gradientPicture(width: 32, height: 32, channels: 3)
  let cases: [(String, [UInt8])] = [
    ("cut.png", Array(png(picture).dropLast(200))), ("cut.jpg", Array(jpeg(picture).dropLast(200))),
    ("text.png", Array("no picture".utf8)), ("empty.jpg", []), ("head.jpg", [0xff, 0xd8, 0xff]),
  ]
  for (name, bytes) in cases {
    let path = try scratch.write(name, bytes)
    let error = #expect(throws: DataFileError.self) { try Picture(path: path) }
    guard case .unreadableImage(let named, let reason)? = error else {
      Issue.record("\(name): \(String(describing: error))")
      continue
    }
    #expect(named == path && !reason.isEmpty)
  }
}

@Test func picturesOfOtherKindsAreNamed() throws {
  let scratch = try Scratch()
  for (start, kind) in [("RIFF____WEBPVP8 ", "a WebP"), ("GIF89a", "a GIF"), ("BM______", "a BMP")] {
    let path = try scratch.write("a.jpg", Array(start.utf8))
    let error = DataFileError.unreadableImage(path: path, reason: "it is \(kind) file, not PNG or JPEG")
    #expect(throws: error) { try Picture(path: path) }
  }
}

/// The header alone decides: nothing is unpacked, and no memory is taken, for what is too large.
@Test func hugePicturesAreRefusedByTheirHeader() throws {
  let scratch = try Scratch()
  var file = png(gradientPicture(width: 8, height: 8, channels: 1))
  for (index, byte) in [0, 0, 0x40, 0, 0, 0, 0x40, 0].enumerated() { file[16 + index] = UInt8(byte) }
  // The checksum of the header, over its kind and its data.
  let sum = file[12..<29].withUnsafeBytes { crc32(0, $0.assumingMemoryBound(to: UInt8.self).baseAddress, 17) }
  for index in 0..<4 { file[29 + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt(index))) }
  var photo = jpeg(gradientPicture(width: 8, height: 8, channels: 1))
  let frame = try #require(photo.indices.dropLast().first { photo[$0] == 0xff && photo[$0 + 1] == 0xc0 })
  for index in [0, 2] { photo[frame + 5 + index] = 0x40 }
  photo[frame + 6] = 0
  photo[frame + 8] = 0
  for (name, bytes) in [("a.png", file), ("a.jpg", photo)] {
    let path = try scratch.write(name, bytes)
    let reason = "16384 x 16384 pixels, of which at most 67108864 are read"
    #expect(throws: DataFileError.unreadableImage(path: path, reason: reason)) { try Picture(path: path) }
  }
}

@Test(arguments: zip(1...8, ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"]))
func orientationsTurn(orientation: Int, seen: String) {
  let stored = Picture(width: 3, height: 2, channels: 1, pixels: Array("abcdef".utf8))
  let turned = stored.turned(orientation: orientation)
  #expect(turned.width == (orientation < 5 ? 3 : 2) && turned.pixels == Array(seen.utf8))
}

@Test func greyHasTheWeightsOfTheStandard() {
  let picture = Picture(width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
  #expect(picture.converted(to: 1).pixels == [76, 150, 29, 9])
  #expect(Picture(width: 1, height: 1, channels: 1, pixels: [4]).converted(to: 3).pixels == [4, 4, 4])
}

@Test func resizingToTheSameSizeChangesNothing() {
  let picture = gradientPicture(width: 9, height: 6, channels: 3)
  #expect(Resize(fromWidth: 9, fromHeight: 6, width: 9, height: 6)(picture) == picture)
}

@Test(arguments: [(40, 30), (8, 6), (1, 1), (200, 100)])
func aFlatPictureStaysFlat(width: Int, height: Int) {
  let flat = Picture(width: 20, height: 17, channels: 1, pixels: [UInt8](repeating: 201, count: 340))
  let result = Resize(fromWidth: 20, fromHeight: 17, width: width, height: height)(flat)
  #expect(result.pixels.allSatisfy { $0 == 201 } && result.pixels.count == width * height)
}

@Test func shrinkingKeepsTheMeanOfAFineCheckerboard() {
  let board = (0..<(64 * 64)).map { ($0 + $0 / 64) % 2 == 0 ? UInt8(200) : UInt8(100) }
  let result = Resize(fromWidth: 64, fromHeight: 64, width: 16, height: 16)(
    Picture(width: 64, height: 64, channels: 1, pixels: board))
  #expect(result.pixels.allSatisfy { abs(Int($0) - 150) <= 1 })
}

@Test func enlargingIsBilinear() {
  let line = Picture(width: 2, height: 1, channels: 1, pixels: [0, 100])
  #expect(Resize(fromWidth: 2, fromHeight: 1, width: 4, height: 1)(line).pixels == [0, 25, 75, 100])
}
