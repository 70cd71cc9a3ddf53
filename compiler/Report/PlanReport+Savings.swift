/// What a plan does to take fewer bytes.
extension PlanReport {
  /// Words for a step that takes none of the measures below, and for samples that are not in the arena.
  public static let whole = "as a whole"
  public static let samplesInPlace = "samples where they lie"

  /// What a plan came to with one more of the measures below.
  public struct Saving: Codable, Hashable, Sendable {
    /// As a line of text.
    public var measure: String
    public var arenaBytes: Int
    /// Multiplications of a step that it adds.
    public var extraMacs: Int

    public init(measure: String, arenaBytes: Int, extraMacs: Int) {
      self.measure = measure
      self.arenaBytes = arenaBytes
      self.extraMacs = extraMacs
    }

    enum CodingKeys: String, CodingKey {
      case measure
      case arenaBytes = "arena_bytes"
      case extraMacs = "extra_macs"
    }
  }

  /// Weights that are updated before the gradients that need their old values, which are kept aside: what a layer read
  /// is gone by then.
  public struct OldWeights: Codable, Hashable, Sendable {
    public var tensors: Int
    public var bytes: Int

    public init(tensors: Int, bytes: Int) {
      self.tensors = tensors
      self.bytes = bytes
    }
  }

  /// Layers that are computed patch by patch, sample by sample.
  public struct PatchStage: Codable, Hashable, Sendable {
    /// From 1, in the order they run.
    public var firstLayer: Int
    public var layers: Int
    public var rows: Int
    public var columns: Int
    /// Multiplications of a step that computing the borders of patches more than once adds.
    public var extraMacs: Int

    public init(firstLayer: Int, layers: Int, rows: Int, columns: Int, extraMacs: Int) {
      self.firstLayer = firstLayer
      self.layers = layers
      self.rows = rows
      self.columns = columns
      self.extraMacs = extraMacs
    }

    enum CodingKeys: String, CodingKey {
      case layers, rows, columns
      case firstLayer = "first_layer"
      case extraMacs = "extra_macs"
    }
  }

  /// Forward values that backward computes a second time instead of having them kept.
  public struct Recomputation: Codable, Hashable, Sendable {
    public var tensors: Int
    /// Bytes they would take if they were all kept.
    public var bytes: Int
    /// Multiplications of a step that this adds.
    public var extraMacs: Int

    public init(tensors: Int, bytes: Int, extraMacs: Int) {
      self.tensors = tensors
      self.bytes = bytes
      self.extraMacs = extraMacs
    }

    enum CodingKeys: String, CodingKey {
      case tensors, bytes
      case extraMacs = "extra_macs"
    }
  }

  /// Forward values of which less is kept for the gradients of weights.
  public struct Codec: Codable, Hashable, Sendable {
    public var codec: String
    public var tensors: Int
    /// Bytes that the values take, and what is kept of them.
    public var bytes: Int
    public var keptBytes: Int

    public init(codec: String, tensors: Int, bytes: Int, keptBytes: Int) {
      self.codec = codec
      self.tensors = tensors
      self.bytes = bytes
      self.keptBytes = keptBytes
    }

    enum CodingKeys: String, CodingKey {
      case codec, tensors, bytes
      case keptBytes = "kept_bytes"
    }
  }

  /// Saved tensors that are paged out to a file.
  public struct Paging: Codable, Hashable, Sendable {
    public var tensors: Int
    public var fileBytes: Int
    /// Bytes of optimizer state among these: checkpoints hold it, too.
    public var stateBytes: Int
    /// Written in each step, and read as often.
    public var bytesPerStep: Int

    public init(tensors: Int, fileBytes: Int, stateBytes: Int, bytesPerStep: Int) {
      self.tensors = tensors
      self.fileBytes = fileBytes
      self.stateBytes = stateBytes
      self.bytesPerStep = bytesPerStep
    }

    enum CodingKeys: String, CodingKey {
      case tensors
      case fileBytes = "file_bytes"
      case stateBytes = "state_bytes"
      case bytesPerStep = "bytes_per_step"
    }
  }
}

// The measures in words; all of them fit into one line with others.
extension PlanReport.OldWeights {
  public var text: String { "old weights of \(counted(tensors, "layer")) kept" }
}

extension PlanReport.PatchStage {
  /// `layers 1-9 in 4 x 4`.
  public var text: String { "\(layerText) in \(rows) x \(columns)" }

  var layerText: String {
    layers == 1 ? "layer \(firstLayer)" : "layers \(firstLayer)-\(firstLayer + layers - 1)"
  }
}

extension PlanReport.Recomputation {
  public var text: String { "\(grouped(bytes)) bytes computed twice" }
}

extension PlanReport.Codec {
  public var text: String { "\(grouped(bytes)) bytes kept as \(codec)" }
}

extension PlanReport.Paging {
  public var text: String { "\(grouped(bytesPerStep)) bytes paged out" }
}
