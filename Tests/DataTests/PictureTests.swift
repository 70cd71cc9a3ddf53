import Testing

@testable import Data

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
