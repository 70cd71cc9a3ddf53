import IR
import Operators

/// The graph under construction, and the ways in which rules put tensors into it.
struct Builder {
  private(set) var graph = Graph()
  /// Layout of each constant in the graph.
  private(set) var layouts: [String: TensorLayout] = [:]
  /// Where the constants of the graph come from.
  private(set) var origins: [String: ConstantOrigins.Origin] = [:]
  /// The node whose rule is at work, with the operands that it has in the file.
  var current: OperatorNode?
  /// Who reads each constant that one operation has for itself.
  private(set) var readers: [String: TensorReader] = [:]
  /// Constants that stand for one use of a tensor that others read too in the file.
  private(set) var copies: Set<String>
  /// What became of tensors that are no constants of the graph.
  private(set) var fates: [String: TensorFate]
  /// Weights and biases of convolutions with their normalizations multiplied in.
  var folded: Set<String> { Set(plan.folds.values.flatMap { [$0.weight, $0.foldedBiasName] }) }
  let plan: ImportPlan

  private var names: Set<String> = []
  private var placed: [ConstantTensor.Identity: Placed] = [:]
  /// Constants of the graph by the tensor that they come from.
  private var named: [String: [String]] = [:]
  private var moved: [Movement: ValueID] = [:]
  private var integers: [ConstantTensor.Identity: ConstantOrigins.Integers] = [:]

  init(_ plan: ImportPlan) {
    self.plan = plan
    copies = plan.foldedOperands
    fates = Dictionary(uniqueKeysWithValues: plan.foldedOperands.map { ($0, .folded) })
  }

  /// A constant that is in the graph already.
  private struct Placed {
    let id: ValueID
    let name: String
    /// The view under which it was placed, and the order of axes it has in the graph.
    let view: View
    let order: [Int]

    /// The placed constant as another view of the same bytes shows it; nil where they split the bytes differently.
    func seen(as other: View) -> View? {
      if view.significant(order) == view.significantOrder { return other }
      let (own, wanted) = (view.significantOrder, other.significantOrder)
      guard own.map({ view.shape[$0] }) == wanted.map({ other.shape[$0] }) else { return nil }
      let axes = view.significant(order).map { wanted[own.firstIndex(of: $0)!] }
      return View(other.shape, order: axes + other.order.filter { other.shape[$0] == 1 })
    }
  }

  private struct Movement: Hashable {
    let id: ValueID
    let perm: [Int]?
    let shape: [Int]
  }

  // MARK: Values

  mutating func input(_ name: String, _ view: View) -> Activation {
    names.insert(name)
    return Activation(id: graph.input(name, TensorType(view.physicalShape)), view: view)
  }

  /// A result of the network, in ONNX's layout.
  mutating func output(_ name: String, _ tensor: ModelTensor) throws(NodeFault) {
    let shape = tensor.shape
    let order = Array(shape.indices)
    let id: ValueID
    switch tensor {
    case .value(let activation): id = try ordered(activation, order, shape: shape)
    case .constant(let constant): id = try place(constant, order, shape: shape)
    case .integers(let integers):
      let unused = unused(name)
      names.insert(unused)
      id = graph.constant(unused, integers.constant)
    }
    graph.outputs.append((name, id))
  }

  /// A further output, as it lies.
  mutating func observe(_ name: String, _ activation: Activation) { graph.outputs.append((name, activation.id)) }

  /// Appends an operation; refuses results that cannot be addressed.
  mutating func append(
    _ op: any Operator, _ inputs: [ValueID], label: String = ""
  ) throws(NodeFault) -> ValueID {
    let type: TensorType
    do { type = try op.infer(inputs.map(graph.type)) } catch { throw .refused(error) }
    guard let count = elementCount(type.shape), count > 0 else { throw .size(shape: type.shape) }
    do { return try graph.append(op, inputs, name: label) } catch { throw .refused(error) }
  }

  // MARK: Shapes and orders of axes

  /// The value under another shape, looking through changes of shape before it.
  mutating func reshaped(_ id: ValueID, _ shape: [Int]) throws(NodeFault) -> ValueID {
    if graph.type(id).shape == shape { return id }
    if let node = graph.node(id), node.op is Reshape { return try reshaped(node.inputs[0], shape) }
    return try remembering(Movement(id: id, perm: nil, shape: shape), Reshape(shape: shape), id)
  }

  /// The value with its axes in another order, under a shape with as many elements; a Transpose only if bytes move.
  mutating func ordered(
    _ activation: Activation, _ order: [Int], shape: [Int]
  ) throws(NodeFault) -> ValueID {
    let view = activation.view
    if view.significant(order) == view.significantOrder { return try reshaped(activation.id, shape) }
    let perm = view.permutation(to: order)
    let dense = try reshaped(activation.id, view.memoryShape)
    let transposed = try remembering(
      Movement(id: dense, perm: perm, shape: order.map { view.shape[$0] }), Transpose(perm: perm), dense)
    return try reshaped(transposed, shape)
  }

  /// The same movement of the same value is one node, however many readers it has.
  private mutating func remembering(
    _ movement: Movement, _ op: any Operator, _ id: ValueID
  ) throws(NodeFault) -> ValueID {
    if let known = moved[movement] { return known }
    let result = try append(op, [id])
    moved[movement] = result
    return result
  }

  /// The value whose type shows all logical axes of the view, see `View.physicalShape`.
  mutating func aligned(_ activation: Activation) throws(NodeFault) -> ValueID {
    try reshaped(activation.id, activation.view.physicalShape)
  }

  mutating func aligned(_ activation: Activation, _ order: [Int]) throws(NodeFault) -> Activation {
    let view = View(activation.view.shape, order: order)
    return Activation(id: try ordered(activation, order, shape: view.physicalShape), view: view)
  }

  // MARK: Constants

  /// Puts a constant into the graph with its axes in `order`, under a shape with as many elements.
  ///
  /// One that is there already stays one constant: a second reader with another order gets it transposed.
  mutating func place(
    _ constant: ConstantTensor, _ order: [Int], shape: [Int]
  ) throws(NodeFault) -> ValueID {
    if let known = placed[constant.identity], let view = known.seen(as: constant.view) {
      note(known.name, constant)
      return try ordered(Activation(id: known.id, view: view), order, shape: shape)
    }
    guard constant.view.count > 0 else { throw .size(shape: constant.view.shape) }
    let name = unused(constant.name)
    names.insert(name)
    named[constant.name, default: []].append(name)
    // Each of several is trained by what one operation makes of the tensor.
    if let all = named[constant.name], all.count > 1 { copies.formUnion(all) }
    var id = graph.constant(name, constant.constant(order, shape: shape))
    layouts[name] = constant.layout(order)
    if constant.isQuantized {
      let scales = unused(name + ".scales")
      names.insert(scales)
      do { id = try graph.dequantize(id, scales: scales) } catch { throw .refused(error) }
    }
    placed[constant.identity] = Placed(id: id, name: name, view: constant.view, order: order)
    note(name, constant)
    return id
  }

  /// Remembers that a constant of real values stands for integers of the file.
  mutating func note(_ integers: ConstantOrigins.Integers, of constant: ConstantTensor) {
    self.integers[constant.identity] = integers
  }

  /// Remembers that the present node reads a constant of the graph.
  private mutating func note(_ name: String, _ constant: ConstantTensor) {
    var origin =
      origins[name]
      ?? ConstantOrigins.Origin(tensor: constant.name, sites: [], integers: integers[constant.identity])
    for (operand, input) in (current?.inputs ?? []).enumerated() {
      guard case .constant(let read)? = input, read.identity == constant.identity, let current else { continue }
      let site = OperandSite(node: current.index, operand: operand)
      if !origin.sites.contains(site) { origin.sites.append(site) }
    }
    origins[name] = origin
  }

  /// Notes that a constant is a part of an operation from now on.
  mutating func absorb(_ constant: ConstantTensor, into node: OperatorNode) {
    if node.model.isInitializer(constant.name) { fates[constant.name] = .absorbed(node: node.label) }
  }

  /// Notes that an operation computes the same whatever an operand is.
  mutating func ignore(_ operand: ModelTensor?, of node: OperatorNode) {
    if case .constant(let constant)? = operand { fates[constant.name] = .ignored(node: node.label) }
  }

  /// An unshared copy of a vector for one operation, even where others read it in the file.
  mutating func placeOwn(
    _ constant: ConstantTensor, of node: OperatorNode, _ operand: Int
  ) throws(NodeFault) -> ValueID {
    let own = ConstantTensor(
      name: constant.name, source: Constant(constant.source.type, bytes: constant.source.bytes()), view: constant.view)
    let id = try place(own, [0], shape: own.view.shape)
    let name = graph[id].name
    readers[name] = TensorReader(result: node.label, operand: operand)
    let uses = [constant.name, node.inputName(operand)].compactMap { plan.uses[$0] }
    if uses.contains(where: { $0 > 1 }) { copies.insert(name) }
    return id
  }

  /// A name that no input or constant has yet: a tensor that folding rescales differently for two layers is two.
  private func unused(_ name: String) -> String { unusedName(name, isTaken: names.contains) }

  /// The operand as a value of the graph, in whatever layout it has.
  mutating func value(_ tensor: ModelTensor, of node: OperatorNode, _ index: Int) throws(NodeFault) -> Activation {
    switch tensor {
    case .value(let activation): return activation
    case .integers(let integers):
      throw .elementType(tensor: node.inputName(index), type: integers.dtype.rawValue)
    case .constant(let constant):
      let view = constant.view
      return Activation(id: try place(constant, view.order, shape: view.physicalShape), view: view)
    }
  }

  mutating func value(_ node: OperatorNode, _ index: Int) throws(NodeFault) -> Activation {
    try value(node.input(index), of: node, index)
  }

  /// The operand with its axes in a given order and all of them shown.
  mutating func value(
    _ tensor: ModelTensor, of node: OperatorNode, _ index: Int, order: [Int]
  ) throws(NodeFault) -> Activation {
    guard case .constant(let constant) = tensor else {
      return try aligned(value(tensor, of: node, index), order)
    }
    let view = View(constant.view.shape, order: order)
    return Activation(id: try place(constant, order, shape: view.physicalShape), view: view)
  }
}
