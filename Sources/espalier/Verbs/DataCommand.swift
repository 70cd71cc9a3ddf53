import ArgumentParser
import Foundation
import Samples

/// `espalier data`: what has to do with samples.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Prepares samples.",
    discussion: examples([
      "espalier data pack photos/ -o photos.pack --size 96",
      "espalier data pack samples.npz -o samples.pack",
    ]),
    version: EspalierCommand.version, subcommands: [PackCommand.self, StreamCommand.self, RingCommand.self])
}

/// `espalier data pack`: samples of any kind into one file that training maps.
struct PackCommand: ParsableCommand {
  static let configuration = verb(
    "pack", "Packs a folder of pictures, an .npz file or an IDX pair into one file.",
    "espalier data pack photos/ -o photos.pack --size 96 --channels 3 --split 0.9",
    "espalier data pack train-images-idx3-ubyte.gz -o train.pack --size 96 --limit 3000")

  @Argument(
    help: """
      A folder with one sub-folder a class of PNG and JPEG files, an .npz file with x and y, or the pictures of an IDX \
      pair. Pictures are turned as EXIF says, transparent ones lie on white; gamma and profiles are not applied.
      """)
  var input: String

  @Option(name: .shortAndLong, help: "The file to write; - is standard output.")
  var output: String

  @Option(help: ArgumentHelp("Width and height that pictures are brought to.", valueName: "pixels"))
  var size: Int?

  @Option(help: ArgumentHelp("1 (grey) or 3 (colours).", valueName: "n"))
  var channels: Int?

  @Option(help: "The classes of IDX pictures, where they are not beside them under the usual name.")
  var labels: String?

  @Option(help: ArgumentHelp("Subtracted from the scaled values: a number, or one a channel.", valueName: "a,b,c"))
  var mean: NumberList?

  @Option(help: ArgumentHelp("Divides after that: a number, or one a channel.", valueName: "a,b,c"))
  var std: NumberList?

  @Option(help: ArgumentHelp("Multiplies first; 1/255 for bytes and 1 for floats by default.", valueName: "x"))
  var scale: Float?

  @Option(help: ArgumentHelp("Share of the samples that are for training; the others are kept apart.", valueName: "x"))
  var split: Double?

  @Option(help: ArgumentHelp("Takes so many samples at random.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("Decides which samples --split and --limit take.", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let size, !(1...8192).contains(size) { throw ValidationError("--size must be from 1 to 8192.") }
    if let channels, channels != 1 && channels != 3 { throw ValidationError("--channels must be 1 or 3.") }
    try checkCount("--limit", limit, upTo: .max)
    if let split, !(split > 0 && split <= 1) { throw ValidationError("--split must be above 0 and at most 1.") }
    if let scale, !scale.isFinite || scale == 0 { throw ValidationError("--scale must be a number other than 0.") }
  }

  func run() throws {
    let output = try Output(output, common, from: input, labels, labels ?? IDX.labelsPath(for: input))
    Interrupt.watch()
    let source = try openSource(input, labels: labels, form: PictureForm(size: size, channels: channels))
    let writer = try PackWriter(source, options)
    let bar = ProgressBar(common)
    let result = Result { try write(writer, to: output.path, bar) }
    bar.clear()
    if case .failure = result, Interrupt.isRequested {
      throw Failure(.interrupted, "interrupted; nothing was written")
    }
    try result.get()
    let report = PackReport(writer.header, source, path: output.path)
    if let leftOut = report.leftOutText { common.note(leftOut) }
    try output.report(report, report.text, common)
  }

  private func write(_ writer: PackWriter, to path: String, _ bar: ProgressBar) throws(DataFileError) {
    let total = Int(writer.header.samples)
    let file = try PackFile(path: path)
    func put(_ bytes: UnsafeRawBufferPointer) throws(DataFileError) { try file.write(bytes) }
    try writer.write(progress: { bar.show($0, of: total, unit: "samples") }, to: put)
    try file.finish()
  }

  private var options: PackOptions {
    var options = PackOptions()
    options.mean = mean?.values
    options.deviation = std?.values
    options.scale = scale
    options.split = split
    options.limit = limit
    options.seed = seed
    return options
  }
}

/// The file being written; what is not finished is removed.
private final class PackFile {
  private var file: AtomicFile

  init(path: String) throws(DataFileError) { file = try AtomicFile(path: path) }

  /// - Throws: `cannotWrite`, also where the user wants to stop.
  func write(_ bytes: UnsafeRawBufferPointer) throws(DataFileError) {
    if Interrupt.isRequested { throw .cannotWrite(path: file.path, cause: EINTR) }
    try file.write(bytes)
  }

  func finish() throws(DataFileError) { try file.finish() }
}
