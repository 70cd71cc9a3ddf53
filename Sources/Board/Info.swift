import CPlatform
import RuntimeBoard

/// `info`: what a plan is, and whether this runner can run it.
func info(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  let rows: InlineArray<6, (StaticCString, Int)> = [
    ("arena_bytes", image.arenaBytes), ("persistent_bytes", image.persistentBytes), ("batch", image.batch),
    ("accumulation", Int(image.header.window)), ("classes", image.classes),
    ("planned_steps", Int(image.header.plannedUpdates)),
  ]
  var line = FixedText(options.isJSON ? "{\"schema\":1" : "")
  for index in 0..<6 {
    line += options.isJSON ? ",\"" : ""
    line += rows[index].0
    line += options.isJSON ? "\":" : " "
    line += rows[index].1
    line += options.isJSON ? "" : "\n"
  }
  line.addShape(of: image, isJSON: options.isJSON)
  if image.planCount > 1 { line.addPlans(of: image, isJSON: options.isJSON) }
  line += options.isJSON ? ",\"digest\":\"" : "digest "
  line.add(hexadecimal: image.digest)
  line += options.isJSON ? "\"}\n" : "\n"
  try print(line)
}

extension FixedText {
  /// The axes of one sample, as the model takes it.
  fileprivate mutating func addShape(of image: Image, isJSON: Bool) {
    let shape = image.header.input.shape
    guard isJSON else {
      self += "sample "
      self += shape
      self += "\n"
      return
    }
    for axis in 0..<shape.axes {
      self += axis == 0 ? ",\"sample_shape\":[" : ","
      self += shape[axis]
    }
    self += shape.axes == 0 ? ",\"sample_shape\":[]" : "]"
  }

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
    let digits: StaticCString = "0123456789abcdef"
    withUnsafeBytes(of: digest) { raw in
      for index in 0..<Digest.size {
        let byte = raw[index]
        add(UInt8(bitPattern: digits.utf8[Int(byte >> 4)]))
        add(UInt8(bitPattern: digits.utf8[Int(byte & 15)]))
      }
    }
  }
}
