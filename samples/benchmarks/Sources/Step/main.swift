import Runtime

// `Step <plan>`: for every line with a number n on standard input, runs n training steps on the same noise and prints
// the nanoseconds of each. So another program can alternate its own steps with ours.

var seed: UInt64 = 1
/// Uniform in -1 ..< 1, the same every time.
func noise() -> Float {
  seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  return Float(Int32(truncatingIfNeeded: seed >> 32)) / 2_147_483_648
}

guard CommandLine.arguments.count == 2 else { fatalError("usage: Step <plan>") }
let file = try MappedFile(CommandLine.arguments[1])
let image = try Image(file.bytes)
var session = try Session(image)
let batch = session.batch(.train)
for index in 0..<batch.input.count { batch.input[index] = noise() }
if let classes = batch.classes { for index in 0..<classes.count { classes[index] = 0 } }

let clock = ContinuousClock()
while let line = readLine(), let steps = Int(line) {
  var times: [String] = []
  for _ in 0..<steps {
    let start = clock.now
    _ = session.runStep()
    let time = clock.now - start
    times.append(String(time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000))
  }
  print(times.joined(separator: " "))
}
