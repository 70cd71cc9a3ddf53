import IR

extension Pipeline {
  static var importing: Stage<Void, Network> {
    Stage(
      name: .import, run: { _, request in try request.load(request.options) },
      check: { network, _ in try network.graph.verify() },
      text: { network, _ in network.graph.text() })
  }

  static var head: Stage<Network, Network> {
    Stage(
      name: .head,
      run: { network, request in
        let options = request.options
        let classifier = try network.withClassifierHead(options)
        guard let branched = try options.adding(options.policies, beside: classifier) else { return classifier }
        return try request.load(branched).withClassifierHead(branched)
      },
      check: { network, _ in try network.graph.verify() },
      text: { network, _ in network.graph.text() })
  }

  static var quantize: Stage<Network, Network> {
    Stage(
      name: .quantize,
      run: { network, request in
        var network = try network.lowered(to: request.options.mode)
        network.gradientFormats = try network.formats(request)
        return network
      },
      check: { network, _ in
        try network.graph.verify()
        try network.gradientFormats?.expectMatches(network.graph.layers.map { network.graph[$0.weight].name })
      },
      text: { network, _ in network.graph.text() })
  }
}

extension Network {
  /// What a file or calibration says of the gradients of single layers; of the two, the file.
  fileprivate func formats(_ request: CompileRequest) throws -> GradientFormats? {
    let options = request.options
    guard options.mode == .auto, let choose = request.chooseFormats else { return options.formats }
    let chosen = try choose(gradientProbe(request))
    return GradientFormats(layers: chosen.layers + (options.formats?.layers ?? []))
  }
}

extension CompileOptions {
  /// The policies of all plans.
  var policies: [PolicySource] { plans?.plans.map(\.policy) ?? [policy] }
}
