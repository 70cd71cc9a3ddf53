import IR

/// Goes through the nodes of a model in order and remembers what each of its tensors has become.
///
/// A node that cannot be imported is noted and the nodes behind it are passed over, so that one run finds them all.
struct Importer {
  private let model: ONNXModel
  private let options: ImportOptions
  private(set) var builder: Builder
  private(set) var inputs: [ImportedInput] = []
  private(set) var outcomes: [Outcome] = []
  private var tensors: [String: ModelTensor] = [:]
  /// Tensors that nobody can read, with the reason where it is that of the tensor itself.
  private var unusable: [String: NodeFault?] = [:]
  /// Bytes that known results may still take: in proportion to the file, so that a small one cannot fill the memory.
  private var budget: Int
  /// Products that known results may still take: a convolution of constants has far more of them than elements.
  private var products = 1 << 31

  /// What became of a node.
  struct Outcome {
    enum Result {
      /// Imported as the values of the graph in this range.
      case values(Range<Int>)
      /// Not looked at: an operand comes from a node that failed.
      case passedOver
      case fault(NodeFault)
    }
    let index: Int
    let result: Result
  }

  init(_ model: ONNXModel, _ options: ImportOptions) throws(ImportError) {
    self.model = model
    self.options = options
    budget = (1 << 28) + 4 * model.storage.count
    let shapes = try InputShapes(model, options)
    builder = Builder(ImportPlan(model, options, shapes))
    for input in shapes.inputs {
      guard tensors[input.name] == nil, unusable[input.name] == nil else { throw .duplicateInput(name: input.name) }
      guard input.elementType == 1 else {
        unusable[input.name] = NodeFault.elementType(tensor: input.name, type: elementName(input.elementType))
        continue
      }
      guard input.shape.count <= InputOrder.mostAxes else {
        unusable[input.name] = NodeFault.size(shape: input.shape)
        continue
      }
      let order = model.inputOrder(input.name, input.shape)
      let view = View(input.shape, order: order.memory)
      tensors[input.name] = .value(builder.input(input.name, view))
      inputs.append(
        ImportedInput(
          name: input.name, shape: input.shape, layout: TensorLayout(shape: input.shape, permutation: order.memory),
          axes: SampleAxes(input.shape, memory: order.memory, hasChannels: order.hasChannels)))
    }
  }

  mutating func run() {
    readNodes()
    guard options.treatsSamplesAlike else { return }
    refuseRowsOfSamples()
    refuseMixedSamples()
  }

  private mutating func readNodes() {
    for (index, node) in model.proto.graph.node.enumerated() {
      let start = builder.graph.values.count
      var result: Outcome.Result
      do throws(NodeFault) {
        if let operands = try operands(node) {
          try define(node, apply(node, index, operands))
          result = .values(start..<builder.graph.values.count)
        } else {
          result = .passedOver
        }
      } catch {
        result = .fault(error)
      }
      if case .values = result {
      } else {
        for name in node.output where tensors[name] == nil { unusable[name] = .some(nil) }
      }
      outcomes.append(Outcome(index: index, result: result))
    }
  }

  /// Refuses nodes that read a constant with a row for each sample: with another batch they cannot be imported.
  private mutating func refuseRowsOfSamples() {
    guard let batch = builder.plan.batch, batch > 1 else { return }
    let suspects = outcomes.filter { outcome in
      if case .values = outcome.result { rows(of: outcome.index, batch) != nil } else { false }
    }
    var other = options
    other.batch = batch + 1
    if let shape = options.inputShape { other.inputShape = [batch + 1] + shape.dropFirst() }
    guard !suspects.isEmpty, var importer = try? Importer(model, other) else { return }
    importer.readNodes()
    for suspect in suspects {
      guard case .fault = importer.outcomes[suspect.index].result, let constant = rows(of: suspect.index, batch),
        !constant.hasEqualRows
      else { continue }
      outcomes[suspect.index] = Outcome(
        index: suspect.index, result: .fault(.rowForEachSample(tensor: constant.name, rows: batch)))
    }
  }

  /// Refuses the node that mixes the samples of a batch on the way to the result, or a result that has them otherwise than
  /// one behind the other.
  ///
  /// A single sample shows nothing of this: where the file leaves the batch open, a larger one is looked at.
  private mutating func refuseMixedSamples() {
    guard problems.isEmpty, let batch = builder.plan.batch else { return }
    var found = batch > 1 ? mixture(batch) : nil
    if batch == 1, builder.plan.declaredBatch != 1 {
      for batch in 2...3 {
        var other = options
        other.batch = batch
        if let shape = options.inputShape { other.inputShape = [batch] + shape.dropFirst() }
        guard var importer = try? Importer(model, other) else { continue }
        importer.readNodes()
        guard importer.problems.isEmpty else { continue }
        found = importer.mixture(batch)
        break
      }
    }
    if let found { outcomes[found.index] = Outcome(index: found.index, result: .fault(found.fault)) }
  }

  /// The node that mixes the samples of a batch, or gives a result that does not begin with them.
  private func mixture(_ batch: Int) -> (index: Int, fault: NodeFault)? {
    guard let name = options.result ?? model.outputNames.first, let result = tensors[name], !result.isKnown,
      let producer = model.proto.graph.node.lastIndex(where: { $0.output.contains(name) })
    else { return nil }
    var whole = builder
    do throws(NodeFault) { try whole.output(name, result) } catch { return nil }
    guard let value = whole.graph.outputs.last?.value else { return nil }
    let samples = SampleAxis(whole.graph, leadingTo: value, batch: batch)
    for outcome in outcomes {
      guard let fault = samples.fault, case .values(let range) = outcome.result, range.contains(fault.value.index)
      else { continue }
      let inputs = model.proto.graph.node[outcome.index].input
      let operand = inputs.first { tensors[$0]?.isKnown == false } ?? ""
      return (outcome.index, .mixedSamples(tensor: operand, reason: fault.reason))
    }
    guard !samples.isFirst(value) else { return nil }
    return (producer, .resultOfSamples(tensor: name, shape: result.shape, batch: batch))
  }

  /// The operand of a node behind the input that is a constant of as many rows.
  private func rows(of index: Int, _ batch: Int) -> ConstantTensor? {
    let operands = model.proto.graph.node[index].input.compactMap { tensors[$0] }
    guard operands.contains(where: { !$0.isKnown }) else { return nil }
    // Behind a weight, if there is one.
    for case .constant(let constant) in operands.reversed()
    where constant.view.rank > 1 && constant.view.shape[0] == batch { return constant }
    return nil
  }

  /// The operands of a node; nil where one comes from a node that failed.
  private mutating func operands(_ node: Onnx_NodeProto) throws(NodeFault) -> [ModelTensor?]? {
    _ = try node.rule(model.opset)
    var operands: [ModelTensor?] = []
    for name in node.input {
      if name.isEmpty {
        operands.append(nil)
      } else if let tensor = try tensor(name) {
        operands.append(tensor)
      } else {
        return nil
      }
    }
    return operands
  }

  /// The tensor of a name; nil where it comes from a node that failed.
  private mutating func tensor(_ name: String) throws(NodeFault) -> ModelTensor? {
    if let known = tensors[name] { return known }
    if let fault = unusable[name] {
      if let fault { throw fault }
      return nil
    }
    let initializer: Constant?
    do { initializer = try model.initializer(name) } catch {
      guard case .tensor(_, _, let fault) = error else { throw .undefined(tensor: name) }
      throw .tensor(name: name, fault)
    }
    guard let initializer else { throw .undefined(tensor: name) }
    let tensor = try ModelTensor(initializer, name: name)
    tensors[name] = tensor
    return tensor
  }

  private mutating func define(_ node: Onnx_NodeProto, _ results: [ModelTensor]) throws(NodeFault) {
    for (name, result) in zip(node.output, results) where !name.isEmpty {
      budget -= result.ownBytes
      guard budget >= 0 else { throw .size(shape: result.shape) }
      guard tensors.updateValue(result, forKey: name) == nil, unusable[name] == nil else {
        throw .redefined(tensor: name)
      }
    }
  }

  private mutating func apply(
    _ node: Onnx_NodeProto, _ index: Int, _ operands: [ModelTensor?]
  ) throws(NodeFault) -> [ModelTensor] {
    let rule = try node.rule(model.opset)
    let known = OperatorNode(proto: node, index: index, model: model, inputs: operands)
    if !rule.keepsConstants, known.isKnown { return try rule.computed(known, builder.plan, &products) }
    builder.current = known
    defer { builder.current = nil }
    if node.movesElements { return try builder.moving(known, rule) }
    return try rule.apply(known, &builder)
  }

  /// What kept normalizations from being looked at.
  var unreadable: ImportError? { builder.plan.unreadable }

  /// The nodes that cannot be imported.
  var problems: [NodeProblem] {
    outcomes.compactMap { outcome in
      guard case .fault(let fault) = outcome.result else { return nil }
      let node = model.proto.graph.node[outcome.index]
      return NodeProblem(node: node.displayName, op: node.opType, domain: node.domain, fault: fault)
    }
  }

  /// The finished model; every node must have been imported.
  mutating func finish(observed: [String]) throws(ImportError) -> ImportedModel {
    for output in model.proto.graph.output {
      do throws(NodeFault) {
        guard let tensor = try tensor(output.name) else { throw .undefined(tensor: output.name) }
        try builder.output(output.name, tensor)
      } catch { throw .output(name: output.name, error) }
    }
    for name in observed {
      if case .value(let activation)? = tensors[name] { builder.observe(name, activation) }
    }
    do {
      let graph = try builder.graph.pruned()
      try graph.verify()
      let names = Set(graph.values.map(\.name))
      let origins = builder.origins.filter { names.contains($0.key) }
      let ignored = builder.fates.keys.filter { !names.contains($0) }
      let sources = model.sources(
        of: origins.mapValues(\.tensor).merging(ignored.map { ($0, $0) }) { origin, _ in origin })
      // What is also a part of another constant, or of an operation, is trained without these.
      let parts = builder.fates.filter { if case .ignored = $0.value { false } else { true } }
      let shared = Set(sources.values.joined()).union(parts.keys)
      return ImportedModel(
        graph: graph, inputs: inputs, layouts: builder.layouts.filter { names.contains($0.key) },
        origins: ConstantOrigins(model, origins, tensors), readers: builder.readers.filter { names.contains($0.key) },
        copies: builder.copies.union(shared.intersection(names)),
        fates: builder.fates.filter { !names.contains($0.key) }, sources: sources, folded: builder.folded)
    } catch {
      throw .invalidGraph("\(error)")
    }
  }
}

extension Onnx_NodeProto {
  /// The node's name, or that of its first result where it has none.
  var displayName: String { name.isEmpty ? output.first ?? "" : name }
}
