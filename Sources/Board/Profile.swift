import CPlatform
import RuntimeBoard

/// `profile`: the CPU time of each row of a training step on noise, the least of several steps, as lines of JSON that
/// `espalier profile PLAN --measured` reads.
///
/// The times are kept beside the arena, 8 bytes a row; no file changes.
func profile(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  var session = try openSession(image)
  if let plan = options.plan { try follow(plan, &session) }
  let rows = image.train(session.plan).rows
  guard let memory = cp_map_arena(8 &* rows) else {
    throw Failure(.overCap, "the system has not got the bytes for the times of all rows", next: "free memory")
  }
  let times = Elements<UInt64>(base: memory.assumingMemoryBound(to: UInt64.self), count: rows)
  times.fill(.max)
  var step = UInt64.max
  let count = options.steps ?? 10
  for run in 0...UInt64(count) {
    session.batch(.train).fillWithNoise(run, classes: image.classes)
    let whole = session.timeStep { cp_thread_nanoseconds() }
    // The first one touches everything for the first time.
    if run > 0 { step = min(step, whole) }
    session.batch(.train).fillWithNoise(run, classes: image.classes)
    session.timeRows(times) { cp_thread_nanoseconds() }
  }
  try tell(image, session.plan, count, step)
  try tell(times)
}

/// What the times are of.
private func tell(_ image: Image, _ plan: Int, _ steps: UInt32, _ nanoseconds: UInt64) throws(Failure) {
  var line = FixedText("{\"schema\":1,\"digest\":\"")
  line.add(hexadecimal: image.digest)
  line += "\",\"plan\":"
  line += plan
  line.add(",\"steps\":", steps)
  line += ",\"rows\":"
  line += image.train(plan).rows
  line += ",\"step_ns\":"
  line += nanoseconds
  line += ",\"clock_ns\":"
  line += clockCost { cp_thread_nanoseconds() }
  line += "}\n"
  try print(line)
}

/// A line for each row.
private func tell(_ times: Elements<UInt64>) throws(Failure) {
  for row in 0..<times.count {
    var line = FixedText("{\"row\":")
    line += row
    line += ",\"ns\":"
    line += times[row]
    line += "}\n"
    try print(line)
  }
}
