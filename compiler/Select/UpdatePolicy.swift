import Foundation

/// Which tensors a training step changes, as written in a policy file (`interfaces.md`, version 1).
public struct UpdatePolicy: Codable, Hashable, Sendable {
  public var policy = 1
  /// What happens to layers that no entry matches.
  public var `default`: Train
  public var layers: [Entry]

  public enum Train: String, Codable, Sendable, CaseIterable {
    case frozen, bias, scale, region, full
    /// A small branch beside the block that ends in this layer.
    case liteResidual = "lite-residual"
  }

  /// One rule; the last entry that matches a layer's weight name decides.
  public struct Entry: Codable, Hashable, Sendable {
    /// Glob over weight names: `*` and `?`, and `[a-z]` for one character of a range; `\[` is a bracket of the name.
    public var match: String
    public var train: Train
    /// First trained input channel, and the one after the last.
    public var inputChannels: [Int]?
    /// First trained output, and the one after the last; of all input channels unless told otherwise.
    public var rows: [Int]?
    /// Share of the input channels: `round(ratio × channels)`, the first ones.
    public var ratio: Double?
    /// The trained input channels, wherever they stand.
    public var channels: [Int]?
    /// Name of the score that chooses the channels of a `ratio`: `first` or `norm`.
    public var select: String?
    /// Whether the bias is trained too; `full` and `region` say yes unless told otherwise.
    public var bias: Bool?
    /// Pixels of a branch's convolution, an odd number; 5 unless told otherwise.
    public var kernel: Int?
    /// Its groups; 2 unless told otherwise.
    public var groups: Int?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case match, train, rows, ratio, channels, select, bias, kernel, groups
      case inputChannels = "input_channels"
    }

    public init(
      match: String, train: Train, inputChannels: [Int]? = nil, rows: [Int]? = nil, ratio: Double? = nil,
      channels: [Int]? = nil, select: String? = nil, bias: Bool? = nil, kernel: Int? = nil, groups: Int? = nil
    ) {
      self.match = match
      self.train = train
      self.inputChannels = inputChannels
      self.rows = rows
      self.ratio = ratio
      self.channels = channels
      self.select = select
      self.bias = bias
      self.kernel = kernel
      self.groups = groups
    }
  }

  public init(default: Train = .frozen, layers: [Entry]) {
    self.default = `default`
    self.layers = layers
  }

  /// Reads the JSON form of a file, which errors name.
  ///
  /// - Throws: `PolicyError`.
  public init(json: [UInt8], path: String) throws(PolicyError) {
    do throws(PolicyError) { try self.init(json: json) } catch {
      guard case .malformed(let reason) = error else { throw error }
      throw .malformed("\(path): \(reason)")
    }
  }

  /// Reads the JSON form; keys that it does not know are errors.
  public init(json: [UInt8]) throws(PolicyError) {
    let data = Data(json)
    do {
      self = try JSONDecoder().decode(UpdatePolicy.self, from: data)
    } catch {
      throw .malformed(describe(error, of: json))
    }
    if let key = repeatedKey(in: json) { throw .malformed(repetition(of: key)) }
    guard policy == 1 else { throw .malformed("\"policy\": \(policy) is not a version this tool reads") }
    try UpdatePolicy.refuseUnknownKeys(data)
    for (index, entry) in layers.enumerated() {
      guard let key = entry.unusedKey else { continue }
      throw .malformed("layers.[\(index)]: \"train\": \"\(entry.train.rawValue)\" has no \"\(key)\"")
    }
  }

  /// The policy whose entries mean the brackets of these names where they do not match as sets of characters.
  public func readingBrackets(in names: [String]) -> UpdatePolicy {
    var result = self
    for index in layers.indices { result.layers[index].match = Select.readingBrackets(layers[index].match, in: names) }
    return result
  }

  private static func refuseUnknownKeys(_ data: Data) throws(PolicyError) {
    let object: [String: Any]
    do { object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:] } catch {
      throw .malformed("it is no JSON: \(error.localizedDescription)")
    }
    if let key = unknownKey(in: object, besides: ["policy", "default", "layers"]) {
      throw .malformed("there is no key \"\(key)\"")
    }
    let known = Entry.CodingKeys.allCases.map(\.rawValue)
    for entry in object["layers"] as? [[String: Any]] ?? [] {
      if let key = unknownKey(in: entry, besides: known) {
        throw .malformed("there is no key \"\(key)\" in an entry of layers")
      }
    }
  }

  /// The JSON form, keys in order.
  public func json() -> [UInt8] { jsonText(self) }
}

extension UpdatePolicy.Entry {
  /// A key that the entry has, and that says nothing about its kind of training.
  fileprivate var unusedKey: String? {
    let ofRegions = [
      ("input_channels", inputChannels != nil), ("rows", rows != nil), ("ratio", ratio != nil),
      ("channels", channels != nil), ("select", select != nil),
    ]
    let ofBranches = [("kernel", kernel != nil), ("groups", groups != nil)]
    let unused = (train == .region ? [] : ofRegions) + (train == .liteResidual ? [] : ofBranches)
    return unused.first { $0.1 }?.0
  }
}

/// The JSON form of texts and numbers, keys in order; what is no number becomes a text, for readers to refuse.
public func jsonText(_ value: some Encodable) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  do { return [UInt8](try encoder.encode(value)) } catch {
    preconditionFailure("texts and numbers have a JSON form: \(error)")
  }
}

/// Why a policy cannot be applied; facts only.
public indirect enum PolicyError: Error, Hashable, Sendable {
  /// What is wrong with the policy in a file.
  case inFile(path: String, PolicyError)
  case unknownPreset(String)
  /// A preset for something that the network has not got.
  case lacks(preset: String, what: String)
  case malformed(String)
  /// An entry whose glob matches nothing, with the weight names nearest to it.
  case matchesNothing(glob: String, nearest: [String])
  /// An entry that matches nothing but what cannot be trained; the reason goes on from the name.
  case untrainable(tensor: String, reason: String)
  case badRegion(tensor: String, reason: String)
  /// A part of a weight, or factors of its outputs, where several layers read it.
  case shared(tensor: String)
  /// A branch that cannot be as the entry says.
  case badBranch(tensor: String, reason: String)
  /// A kind of update that this layer has not got.
  case unsupported(tensor: String, train: UpdatePolicy.Train)
  case unknownScore(tensor: String, name: String)
  case nothingTrained
  /// A network without a layer that has weights on the way to its result.
  case noLayer
}
