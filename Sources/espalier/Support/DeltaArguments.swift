import ArgumentParser
import Espalier
import Foundation
import Report
import Samples

extension Delta {
  /// - Throws: `Failure`.
  init(path: String) throws {
    let bytes: [UInt8]
    do throws(DataFileError) { bytes = try FileBytes(path: path).withBytes { [UInt8]($0) } } catch {
      guard case .malformed = error else { throw error }
      bytes = []
    }
    do throws(DeltaError) { try self.init(bytes: bytes) } catch { throw error.failure(path) }
  }
}

/// What a codec is called on the command line.
enum CodecName: String, CaseIterable, ExpressibleByArgument {
  case raw
  case int8 = "8bit"
  case ternary
  case sign = "1bit"

  var codec: Delta.Codec {
    switch self {
    case .raw: .raw
    case .int8: .int8
    case .ternary: .ternary
    case .sign: .sign
    }
  }
}

/// Where a delta goes, and how it is stored.
struct DeltaOutput: ParsableArguments {
  @Option(name: .shortAndLong, help: "The delta to write; - is standard output.")
  var output: String

  @Option(help: "How differences are stored: exactly, which alone can be taken back, or rounded.")
  var codec = CodecName.raw

  func write(_ exact: Delta, to output: Output, _ common: CommonOptions) throws {
    let (delta, loss) = exact.encoded(codec.codec)
    let bytes = delta.bytes()
    try output.write(bytes)
    let report = DeltaReport(
      output: output.path, bytes: bytes.count, codec: codec.rawValue, base: delta.base.hexadecimal, steps: delta.steps,
      loss: loss, tensors: delta.regions.map { .init(name: $0.name, elements: $0.differences.count) })
    let lost = loss > 0 ? ", \(String(format: "%.2f", loss * 100)) % of the differences' norm lost" : ""
    let text =
      "\(output.path): \(grouped(bytes.count)) bytes, \(counted(delta.regions.count, "tensor")) in \(codec.rawValue)\(lost)\n"
    try output.report(report, text, common)
  }
}

/// A plan, a delta, and the plan that comes of both.
struct DeltaOnPlan: ParsableArguments {
  @Argument(help: "A plan.")
  var plan: String
  @Argument(help: "A delta, as `espalier delta make` wrote it.")
  var delta: String
  @Option(name: .shortAndLong, help: "The plan to write; - is standard output.")
  var output: String

  func run(_ common: CommonOptions, _ body: (Delta, Plan) throws -> Plan) throws {
    let output = try Output(output, common, from: plan, delta)
    let plan = try Plan(path: plan)
    let delta = try Delta(path: delta)
    let result: Plan
    do { result = try body(delta, plan) } catch let error as DeltaError { throw error.failure(self.delta) }
    try output.write(plan: result, common)
  }
}

extension Output {
  /// Writes a plan that came of another one.
  func write(plan: Plan, _ common: CommonOptions) throws {
    let bytes = plan.bytes()
    try write(bytes)
    let report = NewPlanReport(output: path, bytes: bytes.count, digest: plan.digest.hexadecimal)
    try self.report(report, "\(path): \(grouped(bytes.count)) bytes, plan \(report.digest)\n", common)
  }
}

private struct NewPlanReport: Encodable {
  let schema = 1
  let output: String
  let bytes: Int
  let digest: String
}

private struct DeltaReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let elements: Int
  }

  let schema = 1
  let output: String
  let bytes: Int
  let codec: String
  /// Digest of the plan that the differences are to.
  let base: String
  let steps: Int
  /// Norm of what the codec loses, relative to that of the differences.
  let loss: Double
  let tensors: [Tensor]
}
