import Foundation
import ONNX
import Report
import Runtime
import Select

/// What an image says to the host beside the plan itself: JSON that no board reads.
public struct PlanMetadata: Codable, Sendable {
  /// A trained tensor.
  public struct Parameter: Codable, Hashable, Sendable {
    /// Name in the ONNX file.
    public var name: String
    /// Name among the image's variables.
    public var variable: String
    /// `weight`, `bias` or `scale`.
    public var kind: String
    /// The weight and the bias whose outputs these are trained factors of; nil for tensors of the file.
    public var scales: Scaled?
    /// Shape of the whole tensor in the ONNX file's layout.
    public var shape: [Int]
    /// Axis i of the tensor as the arena has it is axis `permutation[i]` of `shape`.
    public var permutation: [Int]
    /// Shape of the file's tensor where a node gives it the other one; the same elements in the same order.
    public var fileShape: [Int]?
    /// Range of the last axis that is trained; nil when all of it is.
    public var region: [Int]?
    /// Range of the first axis of the region; nil when it has all of it.
    public var rows: [Int]?
    /// Row of the train program whose operand 2 is the gradient.
    public var gradientRow: Int

    /// Shape of the tensor in the file.
    public var shapeInFile: [Int] { fileShape ?? shape }
  }

  /// A layer that stays as it is but for a factor for each output.
  public struct Scaled: Codable, Hashable, Sendable {
    public var weight: String
    public var bias: String?
    /// Axis of the outputs in the weight as the arena has it.
    public var axis: Int
  }

  /// One of several plans.
  public struct Alternate: Codable, Sendable {
    public var name: String
    /// Row of its training program whose operand 2 is the gradient, by parameter.
    public var gradientRows: [String: Int]
    /// Its steps; sizes are those of the shared arena.
    public var report: PlanReport
  }

  /// The file that the network came from, and how it was read.
  public struct ModelReference: Codable, Hashable, Sendable {
    public var path: String
    public var sha256: String
    public var batch: Int
    public var inputShape: [Int]?
    public var keepBatchNorm: Bool
    /// The result that is trained; nil is the first.
    public var output: String?
    /// Branches that were added to it.
    public var liteResiduals: [TinyTLResidual]?
  }

  /// The classifier that took the place of the model's own.
  public struct Head: Codable, Hashable, Sendable {
    public var replaces: String
    /// Nil is `head`, which it is called wherever the file has no such name.
    public var name: String?
    public var features: Int
    public var classes: Int
    /// Decides the values it starts from.
    public var seed: UInt64

    public var weightName: String { (name ?? "head") + ".weight" }
    public var biasName: String { (name ?? "head") + ".bias" }
  }

  /// What a variable remembers that is no tensor of the network.
  public enum State: String, Codable, Sendable { case optimizer, range, loss }

  public var schema = 1
  public var model: ModelReference?
  public var input: String
  /// In the model's own layout, batch included.
  public var inputShape: [Int]
  /// What training changes, by at least one plan.
  public var parameters: [Parameter]
  /// Variables that remember something between steps, by name; nil where there are none.
  public var states: [String: State]?
  /// Nil where the image has one plan.
  public var plans: [Alternate]?
  public var head: Head?
  /// Tensors whose channels stand in another order than in the ONNX file, by name.
  public var channelOrders: [String: ChannelOrder]?
  public var loss: String
  /// Digest and bytes of the image are not in it: see `report(of:)`.
  public var report: PlanReport

  /// Decodes the metadata of an image, and compares them with its header and rows.
  ///
  /// - Throws: `MetadataFault` when an image was made by something else, or contradicts itself.
  public init(_ image: Image) throws(MetadataFault) {
    let bytes = image.metadata
    let json = (0..<bytes.count).map { bytes.load($0, as: UInt8.self) }
    do { self = try JSONDecoder().decode(PlanMetadata.self, from: Data(json)) } catch {
      throw MetadataFault(describe(error, of: json))
    }
    if let key = repeatedKey(in: json) { throw MetadataFault(repetition(of: key)) }
    try check(against: image)
  }

  init(_ network: Network, parameters: [Parameter], loss: String, report: PlanReport) {
    model = network.reference
    input = network.input
    inputShape = network.inputShape
    self.parameters = parameters
    head = network.head.map {
      Head(
        replaces: $0.replaces, name: $0.name == "head" ? nil : $0.name, features: $0.features, classes: $0.classes,
        seed: $0.seed)
    }
    channelOrders = network.channelOrders.isEmpty ? nil : network.channelOrders
    self.loss = loss
    self.report = report
  }

  /// What one of the plans trains, with the rows of its own program.
  public func parameters(ofPlan index: Int) -> [Parameter] {
    guard let plans, plans.indices.contains(index) else { return parameters }
    return parameters.compactMap { parameter in
      plans[index].gradientRows[parameter.name].map { row in
        var parameter = parameter
        parameter.gradientRow = row
        return parameter
      }
    }
  }

  /// The report with what only the finished image knows.
  public func report(of image: Image) -> PlanReport {
    var report = report
    report.digest = image.digest.hexadecimal
    report.imageBytes = image.bytes.count
    return report
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self))
  }
}

extension PlanMetadata.ModelReference {
  init(_ model: ONNXModel, _ options: CompileOptions, digest: [UInt8]) {
    path = model.path
    sha256 = hexadecimal(digest)
    batch = options.batch
    inputShape = options.inputShape
    keepBatchNorm = options.keepBatchNorm
    output = options.output
    liteResiduals = options.liteResiduals.isEmpty ? nil : options.liteResiduals
  }
}

extension Digest {
  /// Lower-case hexadecimal digits.
  public var hexadecimal: String { withUnsafeBytes(of: self) { Driver.hexadecimal($0) } }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension PlanMetadata.Alternate {
  init(name: String, parameters: [PlanMetadata.Parameter], report: PlanReport) {
    self.name = name
    self.report = report
    gradientRows = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.gradientRow) })
  }
}
