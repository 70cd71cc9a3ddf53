import IR
import ONNX
import Select

extension CompileOptions {
  /// The options with the branches that policies train; nil where they train none.
  ///
  /// - Throws: `PolicyError`.
  func adding(_ policies: [PolicySource], beside network: Network) throws(PolicyError) -> CompileOptions? {
    var branches: [TinyTLResidual] = []
    let blocks = network.graph.liteBlocks
    let layers = blocks.map(\.layer)
    let wishes = try policies.map { policy throws(PolicyError) in try policy.branches(beside: layers) }.compactMap(
      \.self)
    for block in blocks {
      for wish in wishes {
        guard let entry = wish.entry(for: block.layer), entry.train == .liteResidual else { continue }
        guard network.reference != nil else {
          throw .badBranch(tensor: block.layer, reason: "a traced network is in no file that branches could go to")
        }
        let branch = try TinyTLResidual(block, entry, in: network)
        guard branches.allSatisfy({ $0.name != branch.name || $0 == branch }) else {
          throw .badBranch(tensor: block.layer, reason: "two plans ask for different ones")
        }
        if !branches.contains(branch) { branches.append(branch) }
      }
    }
    guard !branches.isEmpty else { return nil }
    var options = self
    options.liteResiduals = branches
    return options
  }
}

extension PolicySource {
  /// A policy that says which of the layers that end blocks have branches; nil where it wants none.
  ///
  /// - Throws: `PolicyError.badBranch` for one beside what is no block.
  fileprivate func branches(beside layers: [String]) throws(PolicyError) -> UpdatePolicy? {
    guard case .document(let bytes, let path) = self else {
      return name.hasPrefix("tinytl") ? UpdatePolicy(layers: [.init(match: "*", train: .liteResidual)]) : nil
    }
    let policy = try UpdatePolicy(json: bytes, path: path)
    for entry in policy.layers where entry.train == .liteResidual {
      guard !layers.contains(where: { globMatches(entry.match, $0) }) else { continue }
      let known = layers.isEmpty ? "the network has none" : "blocks end in \(layers.prefix(3).joined(separator: ", "))"
      throw .badBranch(
        tensor: entry.match,
        reason: "no block of a depthwise and a pointwise convolution ends in such a layer; \(known)")
    }
    return policy
  }
}

extension TinyTLResidual {
  /// - Throws: `PolicyError.badBranch`.
  fileprivate init(_ block: LiteBlock, _ entry: UpdatePolicy.Entry, in network: Network) throws(PolicyError) {
    let graph = network.graph
    // Signals have one axis in the file, and two here.
    let first = network.inputShape.count == 3 ? 2 : 1
    let (from, to) = (graph.type(block.input).shape, graph.type(block.output).shape)
    self.init(
      name: LiteBlock.branch(beside: block.layer), input: graph[block.input].name, output: graph[block.output].name,
      inputChannels: from[3], outputChannels: to[3], inputSize: Array(from[first...2]),
      outputSize: Array(to[first...2]))
    if let kernel = entry.kernel {
      guard 1...31 ~= kernel, kernel % 2 == 1 else {
        throw .badBranch(tensor: block.layer, reason: "kernel must be odd and at most 31, it is \(kernel)")
      }
      self.kernel = kernel
    }
    groups = entry.groups ?? (from[3] % 2 == 0 ? 2 : 1)
    guard groups > 0, from[3] % groups == 0 else {
      throw .badBranch(tensor: block.layer, reason: "\(groups) groups do not divide \(from[3]) channels")
    }
  }
}

extension ONNXModel {
  /// The model with the branches of the options, or itself where there are none.
  func withBranches(_ options: CompileOptions) throws -> ONNXModel {
    guard !options.liteResiduals.isEmpty else { return self }
    return try addingLiteResiduals(options.liteResiduals, inputShape: options.inputShape, seed: options.seed)
  }
}
