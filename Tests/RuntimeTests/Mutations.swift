import IR
import Runtime
import Support

/// Images with a few changed bytes, most of them within the reach of every reader.
struct Mutations {
  let file: [UInt8]
  var generator: SeededGenerator

  init(of file: [UInt8], seed: UInt64) {
    self.file = file
    generator = SeededGenerator(seed: seed)
  }

  /// One to three bytes changed, none of them in the digest at the end.
  mutating func next() -> [UInt8] {
    var changed = file
    for _ in 0...Int.random(in: 0..<3, using: &generator) {
      let index = Int.random(in: 0..<(file.count - Digest.size), using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: changed[index] = UInt8.random(in: 0...255, using: &generator)
      case 1: changed[index] = 0xff
      case 2: changed[index] = 0
      default: changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    }
    return changed
  }
}
