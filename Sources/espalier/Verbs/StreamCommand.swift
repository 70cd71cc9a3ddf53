import ArgumentParser
import Espalier
import Foundation
import Report

/// `espalier data stream`: samples for the standard input of a runner.
struct StreamCommand: ParsableCommand {
  static let configuration = verb(
    "stream", "Writes samples one after the other, as a runner reads them from standard input.",
    "espalier data stream train.pack -o - | ./runner train model.plan --data - --checkpoint model.ckpt",
    "espalier data stream samples.npz -o samples.stream")

  @Argument(help: "Packed data, or .npz with x and y.")
  var data: String

  @Option(name: .shortAndLong, help: "The file to write; - is standard output.")
  var output: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(output, common, from: data)
    let samples = try Samples(path: data)
    var bytes: [UInt8] = []
    try samples.writeStream { piece in
      bytes += piece
      // A pipe gets each sample at once, a file is written whole.
      guard output.isStandardOutput else { return }
      try output.write(bytes)
      bytes = []
    }
    if !output.isStandardOutput { try output.write(bytes) }
    let report = StreamReport(output: output.path, samples: samples.count)
    try output.report(report, "\(output.path): \(counted(samples.count, "sample"))\n", common)
  }
}

private struct StreamReport: Encodable {
  let schema = 1
  let output: String
  let samples: Int
}
