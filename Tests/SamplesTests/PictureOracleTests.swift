import Foundation
import Support
import Testing

@testable import Samples

/// Pictures of all kinds against what Pillow sees in them.
@Suite(.enabled(if: Command.python != nil, "needs Python; Tests/run.sh prepares it"))
struct PictureOracleTests {
  private static let script = URL(filePath: #filePath).appending(path: "../../Oracle/pictures.py").standardized.path

  @Test func everyKindIsSeenAsPillowSeesIt() throws {
    let scratch = try ScratchFolder()
    let made = try #require(Command.python).run([Self.script, scratch.path])
    try #require(made.status == 0, "\(made.errors)")
    let names = try scratch.names.filter { !$0.hasSuffix(".npy") }
    #expect(names.count == 40)
    for name in names {
      let path = scratch.file(name + ".npy")
      let right = try NPZ(path: path).array("x", path: path)
      let seen = try Picture(path: scratch.file(name)).converted(to: 3)
      try #require(right.shape == [seen.height, seen.width, 3], "\(name)")
      let differences = zip(seen.pixels, right.numbers(0..<right.count)).map { abs(Double($0) - $1) }
      // Rounding alone: of 16 bits, of what is blended, and of JPEG's colours.
      let allowed: Double = name.hasPrefix("inks") ? 3 : name.hasSuffix(".jpg") ? 2 : 1
      #expect(try #require(differences.max()) <= allowed, "\(name)")
    }
  }
}
