import IR
import ONNX
import Operators
import Passes
import Report
import Select

/// A network to be trained, and how its tensors stand in the file it comes from.
struct Network {
  var graph: Graph
  /// Name and shape of the input in the model's own layout, batch included.
  var input: String
  var inputShape: [Int]
  /// What a sample is to the model, and to the arena.
  var axes: SampleAxes
  /// Layout of each layer's tensors by name; those of a traced network stand as the graph has them.
  var layouts: [String: TensorLayout]
  /// The file with the branches that were added to it; nil for a traced network.
  var file: ONNXModel?
  /// Where its constants come from.
  var origins = ConstantOrigins()
  /// Unshared tensors: copies for one operation, of tensors that others read in the file, too.
  var readers: [String: TensorReader] = [:]
  /// Constants that stand for one use of a tensor that others read too in the file.
  var copies: Set<String> = []
  /// Constants that are written in nodes and not among the file's weights.
  var literals: Set<String> = []
  /// What became of tensors of the file that are no constants.
  var fates: [String: TensorFate] = [:]
  /// The tensors that the file computes a constant of, where it does.
  var sources: [String: [String]] = [:]
  /// Parameters that only results lead to which are not trained.
  var elsewhere: Set<String> = []
  /// Weights and biases of convolutions with their normalizations multiplied in.
  var folded: Set<String> = []
  /// The result that is trained.
  var output = ""
  /// What was chosen without being asked for, a sentence each.
  var notes: [String] = []
  var reference: PlanMetadata.ModelReference?
  var head: NewHead?
  /// Whether the model computes with integers, whatever the plan does.
  var isQuantized: Bool
  /// Formats of the gradients of single layers; the others have that of the mode.
  var gradientFormats: GradientFormats?
  /// Tensors whose channels stand in another order than in the file.
  var channelOrders: [String: ChannelOrder] = [:]

  /// - Parameter digest: of the model's file, where it is known.
  init(_ model: ONNXModel, _ options: CompileOptions, digest: [UInt8]? = nil) throws {
    let file = try model.withBranches(options)
    let imported = try file.imported(options.importOptions)
    self.file = file
    graph = try imported.graph.fusingActivations()
    guard imported.inputs.count == 1, let input = imported.inputs.first else {
      throw ModelError.inputs(path: model.path, names: imported.inputs.map(\.name))
    }
    self.input = input.name
    inputShape = input.shape
    axes = input.axes
    layouts = imported.layouts
    origins = imported.origins
    readers = imported.readers
    copies = imported.copies
    literals = Set(imported.layouts.keys.filter { !model.isInitializer($0) })
    fates = imported.fates
    sources = imported.sources
    folded = imported.folded
    isQuantized = graph.isQuantized
    reference = PlanMetadata.ModelReference(model, options, digest: digest ?? model.digest)
  }

  init(traced graph: Graph) throws {
    self.graph = try graph.fusingActivations()
    let inputs = graph.inputs
    guard inputs.count == 1, let input = inputs.first else {
      throw ModelError.inputs(path: "", names: inputs.map { graph[$0].name })
    }
    self.input = graph[input].name
    inputShape = graph.type(input).shape
    axes = SampleAxes(arena: inputShape)
    layouts = [:]
    isQuantized = graph.isQuantized
  }

  func layout(of name: String) -> TensorLayout {
    if let layout = layouts[name] { return layout }
    let shape = graph.value(named: name).map { graph.type($0).shape } ?? []
    return TensorLayout(shape: shape, permutation: Array(shape.indices))
  }

  /// The network that ends in logits, with a new classifier where the options ask for one.
  ///
  /// - Throws: `HeadError`.
  func withClassifierHead(_ options: CompileOptions) throws -> Network {
    var result = try withOutput(options.output)
    let isClassifier = options.loss == .crossEntropy
    let end = try result.graph.withFloatClassifier().endingInLogits(strippingProbabilities: isClassifier)
    result.graph = end.graph
    if let stripped = end.stripped, stripped != Softmax.name, stripped != LogSoftmax.name {
      result.notes.append(
        "the \(stripped) behind the classifier is left out in training, as cross-entropy takes what it is given; "
          + "an exported model has it still")
    }
    if !isClassifier, let bounds = try withOutput(options.output).graph.boundsOfRoundedResults {
      result.notes.append(
        "the file rounds its results to integers, which keeps them from \(Float(bounds.lowerBound)) to "
          + "\(Float(bounds.upperBound)); they are trained, and exported, without either")
    }
    if isClassifier, let bound = result.graph.boundOfResults {
      result.notes.append(
        "the results end in \(bound), which bounds them, so that cross-entropy cannot come near 0; "
          + "export the model without it, or give --loss mse")
    }
    if let note = result.graph.noteOfStatistics { result.notes.append(note) }
    guard let classes = options.classes else { return result }
    let (replaced, head) = try result.replacingHead(classes, options)
    let before = result.graph.type(result.graph.outputs[0].value)
    if before.count == replaced.type(replaced.outputs[0].value).count {
      result.notes.append(
        "the model has \(counted(before.count / before.shape[0], "result")) already; --classes puts a new classifier in the place "
          + "of \(head.replaces), which knows nothing yet: leave it out to keep that")
    }
    try expectReadsNowhereElse(head, result.output)
    let logits = replaced.type(replaced.outputs[0].value)
    let results = logits.count / logits.shape[0]
    if results != classes, isClassifier || logits.rank == 2 {
      throw HeadError.otherResults(found: results, classes: classes)
    }
    result.graph = replaced
    result.head = head
    let old = layout(of: head.replaces).shape
    // A dense layer's weight is classes x features whichever way the old one stood.
    result.layouts[head.name + ".weight"] =
      old.count == 2
      ? TensorLayout(shape: [classes, head.features], permutation: [0, 1])
      : TensorLayout(shape: [classes] + old.dropFirst(), permutation: [0] + Array(2..<old.count) + [1])
    result.layouts[head.name + ".bias"] = TensorLayout(rows: classes)
    return result
  }
}

extension Network {
  /// - Throws: `HeadError`, whose node the file has.
  private func replacingHead(
    _ classes: Int, _ options: CompileOptions
  ) throws(HeadError) -> (graph: Graph, head: NewHead) {
    do throws(HeadError) {
      return try graph.replacingHead(classes: classes, seed: options.seed) { own in file?.names(besides: own) ?? [] }
    } catch {
      guard case .cannotFollow(let node, let reason) = error, node.isEmpty, let named = file?.lastChangeOfShape(output)
      else { throw error }
      throw .cannotFollow(node: named, reason)
    }
  }

  /// Refuses a classifier that other results are computed from through weights of their own: those are for its old classes.
  private func expectReadsNowhereElse(_ head: NewHead, _ output: String) throws {
    guard graph.outputs.count > 1, let weight = graph.value(named: head.replaces) else { return }
    let own = Set(try graph.withOnlyOutput(output).values.map(\.name))
    var behind: Set<ValueID> = []
    var classifier: ValueID?
    for node in graph.nodes where node.inputs.contains(where: { $0 == weight || behind.contains($0) }) {
      behind.insert(node.output)
      if classifier == nil, node.op is Conv {
        classifier = node.output
        continue
      }
      guard classifier != nil, !own.contains(graph[node.output].name), !graph[node.output].name.isEmpty,
        node.inputs.contains(where: { layouts[graph[$0].name] != nil && graph.type($0).count > 1 })
      else { continue }
      throw HeadError.readElsewhere(node: graph[node.output].name)
    }
  }

  /// The network that gives one result: the one of a name, or the first.
  ///
  /// - Throws: `OptionError` for a name that no result has.
  private func withOutput(_ name: String?) throws -> Network {
    let names = graph.outputs.map(\.name)
    guard let first = names.first else { throw HeadError.noOutput }
    if let name, !names.contains(name) {
      throw OptionError(
        option: "output", value: name,
        expected: "one of the model's results: \(names.joined(separator: ", ")); the file to write is named by -o")
    }
    var result = self
    result.output = name ?? first
    result.graph = try graph.withOnlyOutput(result.output)
    if names.count > 1 { result.elsewhere = parameters.subtracting(result.parameters) }
    if name == nil, names.count > 1 {
      result.notes.append(
        "the model has the results \(names.joined(separator: ", ")); \(first) is taken, as it is the first: "
          + "give --output NAME for another")
    }
    return result
  }
}

extension Network {
  /// The network with the channels that a policy chooses in front.
  ///
  /// - Throws: `PolicyError`.
  func reordered(for policy: UpdatePolicy) throws -> Network {
    guard let reordering = try policy.reordering(of: graph) else { return self }
    var result = self
    let (reordered, orders) = try reordering.applied(to: graph)
    result.graph = reordered
    for (name, orders) in orders {
      result.channelOrders[name] = ChannelOrder(shape: graph.type(graph.value(named: name)!).shape, orders: orders)
    }
    for (name, scaled) in graph.scaledLayers {
      guard let order = result.channelOrders[scaled.weight] else { continue }
      result.channelOrders[name] = ChannelOrder(
        shape: [order.shape[scaled.axis]], orders: [order.orders[scaled.axis]])
    }
    return result
  }

  /// The network in the number format of a mode.
  ///
  /// - Throws: `ModelError.notQuantized` for an integer mode of a network in float.
  func lowered(to mode: NumberMode) throws -> Network {
    var result = self
    guard isQuantized else {
      if mode.isInteger { throw ModelError.notQuantized(path: reference?.path ?? "", mode: mode.rawValue) }
      return result
    }
    guard mode.isInteger else {
      result.graph = try graph.dequantized()
      return result
    }
    var copies: [BiasCopy] = []
    result.graph = try graph.fusingIntegerLayers(&copies).takingIntegers()
    for copy in copies { result.origins.add(copy: copy.name, of: copy.source, reader: copy.reader) }
    return result
  }
}

/// A model that cannot be trained as it is.
public enum ModelError: Error, Hashable, Sendable {
  /// A mode of integers for a model in float.
  case notQuantized(path: String, mode: String)
  /// Not exactly one input takes samples.
  case inputs(path: String, names: [String])
  /// A trained tensor that layers read in ways which no tensor of the file can hold apart.
  case noPlace(path: String, tensor: String)
}

extension CompileOptions {
  var importOptions: ImportOptions {
    var result = ImportOptions()
    result.inputShape = inputShape.map { [batch] + $0.dropFirst() }
    result.batch = batch
    result.keepBatchNorm = keepBatchNorm
    result.treatsSamplesAlike = true
    result.result = output
    return result
  }
}
