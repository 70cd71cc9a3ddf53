import CPlatform
import RuntimeBoard

/// `info`: what a plan is, and whether this runner can run it.
func info(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  let rows: InlineArray<9, (Phrase, Int)> = [
    ("arena_bytes", image.arenaBytes), ("persistent_bytes", image.persistentBytes), ("batch", image.batch),
    ("accumulation", Int(image.header.window)), ("classes", image.classes),
    ("channels", Int(image.header.channels)), ("height", Int(image.header.height)),
    ("width", Int(image.header.width)), ("planned_steps", Int(image.header.plannedUpdates)),
  ]
  var line = Text(options.isJSON ? "{\"schema\":1" : "")
  for index in 0..<9 {
    line += options.isJSON ? ",\"" : ""
    line += rows[index].0
    line += options.isJSON ? "\":" : " "
    line += rows[index].1
    line += options.isJSON ? "" : "\n"
  }
  if image.planCount > 1 { line.addPlans(of: image, isJSON: options.isJSON) }
  line += options.isJSON ? ",\"digest\":\"" : "digest "
  line.add(hexadecimal: image.digest)
  line += options.isJSON ? "\"}\n" : "\n"
  try print(line)
}

extension Text {
  fileprivate mutating func addPlans(of image: Image, isJSON: Bool) {
    for plan in 0..<image.planCount {
      self += isJSON ? plan == 0 ? ",\"plans\":[\"" : ",\"" : "plan "
      let name = image.planName(plan)
      for index in 0..<name.count { add(name.load(index, as: UInt8.self)) }
      self += isJSON ? "\"" : "\n"
    }
    self += isJSON ? "]" : ""
  }

  mutating func add(hexadecimal digest: Digest) {
    let digits: Phrase = "0123456789abcdef"
    withUnsafeBytes(of: digest) { raw in
      for index in 0..<Digest.size {
        let byte = raw[index]
        add(UInt8(bitPattern: digits.utf8[Int(byte >> 4)]))
        add(UInt8(bitPattern: digits.utf8[Int(byte & 15)]))
      }
    }
  }
}
