import ArgumentParser
import CPlatform
import Espalier
import Report

/// `espalier data ring`: appends samples to a ring as a sensor would, for a runner that trains on them meanwhile.
struct RingCommand: ParsableCommand {
  static let configuration = verb(
    "ring", "Appends samples to a file of fixed size that a runner trains from meanwhile.",
    "espalier data ring sensor.ring --data train.pack --capacity 256 --per-second 10",
    "espalier data ring sensor.ring --data more.npz --label-delay 5")

  @Argument(help: "The ring, which is made where it is not there.")
  var ring: String

  @Option(help: "Packed data, or .npz with x and y.")
  var data: String

  @Option(help: ArgumentHelp("Samples that a new ring holds; all of --data by default.", valueName: "n"))
  var capacity: Int?

  @Option(help: ArgumentHelp("Appends so many samples in a second; else as fast as possible.", valueName: "x"))
  var perSecond: Double?

  @Option(help: ArgumentHelp("Labels follow when so many more samples are there.", valueName: "n"))
  var labelDelay = 0

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try checkCount("--capacity", capacity)
    if let perSecond, !(perSecond >= 0.00001) {
      throw ValidationError("--per-second must be at least 0.00001, about one a day.")
    }
    if labelDelay < 0 { throw ValidationError("--label-delay must be 0 or more.") }
  }

  func run() throws {
    try Output.refuse(ring, over: [data])
    let samples = try Samples(path: data)
    let writer = try RingWriter(path: ring, for: samples, capacity: capacity)
    if let capacity, capacity != writer.capacity {
      throw Failure(
        .usage,
        "\(ring) is there already and has room for \(counted(writer.capacity, "sample")), not \(grouped(capacity))",
        advice: "leave out --capacity, or name a ring that is not there")
    }
    // None of them is appended where not all can be.
    try writer.checkRoom(for: samples.count)
    Interrupt.watch()
    let bar = ProgressBar(common)
    defer { bar.clear() }
    var numbers: [UInt32] = []
    for sample in 0..<samples.count where !Interrupt.isRequested {
      numbers.append(try writer.append(sample, isLabelled: labelDelay == 0))
      if labelDelay > 0, sample >= labelDelay { writer.label(numbers[sample - labelDelay], as: sample - labelDelay) }
      bar.show(sample + 1, of: samples.count, first: 0, unit: "samples", "")
      if let perSecond { pause(1 / perSecond) }
    }
    // Labels that are still missing come at the end.
    for sample in max(0, numbers.count - labelDelay)..<numbers.count where labelDelay > 0 {
      writer.label(numbers[sample], as: sample)
    }
    bar.clear()
    let report = RingReport(ring: ring, samples: numbers.count, written: Int(writer.written), capacity: writer.capacity)
    let lost = report.samples > writer.capacity ? ", of which the last \(grouped(writer.capacity)) are there" : ""
    let text = "\(ring): \(counted(report.samples, "sample")) more\(lost), \(grouped(report.written)) so far\n"
    try common.report(report, text)
    if Interrupt.isRequested { throw Failure(.interrupted, "interrupted; \(ring) is whole") }
  }
}

/// Waits so many seconds, or until the user wants to stop.
private func pause(_ seconds: Double) {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(seconds)
  while !Interrupt.isRequested {
    let left = (end - clock.now) / .milliseconds(1)
    guard left > 0 else { return }
    // Not for long: a signal may come between the look at its flag and the wait.
    cp_sleep(UInt32(min(left.rounded(.up), 100)))
  }
}

private struct RingReport: Encodable {
  let schema = 1
  let ring: String
  /// Samples that this run has appended.
  let samples: Int
  /// Samples that were ever appended.
  let written: Int
  let capacity: Int
}
