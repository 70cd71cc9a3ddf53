import IR
import Operators
import Support

/// Shapes that the random steps are made of.
private let picture = TensorType(2, 4, 4, 3)
private let flat = TensorType(2, 48)
private let row = TensorType(2, 3)
private let kernel = TensorType(3, 3, 3, 3)
private let depthwise = TensorType(1, 3, 3, 3)

/// Makes random graphs of the shape of a training step: forks, views, masks, scratch, operations in place, readers of
/// old weights appended behind the updates that overwrite them, readers of the new ones.
struct RandomStep {
  private(set) var graph = Graph()
  private var generator: SeededGenerator
  private var pictures: [ValueID] = []
  private var flats: [ValueID] = []
  private var rows: [ValueID] = []
  private var masks: [ValueID] = []
  private var kernels: [ValueID] = []
  private var depthwises: [ValueID] = []
  /// Gradients by the variable they suit.
  private var gradients: [TensorType: [ValueID]] = [:]

  private init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A step with about `size` operations; outputs "loss", "logits" and two more.
  static func training(seed: UInt64, size: Int) throws -> Graph {
    var maker = RandomStep(seed: seed)
    try maker.start()
    for _ in 0..<size { try maker.operation() }
    let updated = try maker.updates(size / 4)
    maker.forgetOldWeights(updated)
    for _ in 0..<(size / 4) { try maker.operation() }
    try maker.finish()
    return maker.graph
  }

  /// A network over the same variables; output "logits".
  static func prediction(seed: UInt64, size: Int) throws -> Graph {
    var maker = RandomStep(seed: seed)
    try maker.start()
    for _ in 0..<size { try maker.operation() }
    maker.graph.outputs = [("logits", maker.rows.last!)]
    return maker.graph
  }

  /// Inputs, variables and constants; the same values for every seed.
  private mutating func start() throws {
    var values = SeededGenerator(seed: 1)
    func constant(_ type: TensorType) -> Constant {
      Constant(type, floats: (0..<type.count).map { _ in values.uniform(0.4) })
    }
    pictures.append(graph.input("x", picture))
    pictures.append(graph.variable("p", constant(picture)))
    pictures.append(graph.constant("c", constant(picture)))
    kernels = [graph.variable("w", constant(kernel)), graph.constant("k", constant(kernel))]
    depthwises = [graph.variable("d", constant(depthwise)), graph.constant("e", constant(depthwise))]
    graph.variable("state:m", constant(kernel), kind: .state(of: "w"))
    graph.variable("state:s", constant(depthwise), kind: .state(of: "d"))
    rows.append(try graph.append(Reduce(axes: [1, 2], scale: 0.1, keepDims: false), pictures[0]))
  }

  private mutating func any(_ list: [ValueID]) -> ValueID {
    // The latest half the time: long chains, and forks.
    Bool.random(using: &generator) ? list.last! : list.randomElement(using: &generator)!
  }

  private mutating func unary() -> any Operator {
    let choices: [any Operator] = [
      Relu(), Clip(min: -0.5, max: 0.5), LeakyRelu(alpha: 0.1), Tanh(), Sigmoid(), HardSwish(), Affine(alpha: 0.7),
    ]
    return choices.randomElement(using: &generator)!
  }

  private mutating func binary() -> any Operator {
    let choices: [any Operator] = [Add(), Sub(), Mul(), ReluGrad(), SigmoidGrad()]
    return choices.randomElement(using: &generator)!
  }

  private mutating func operation() throws {
    let same = Sliding(pads: [1, 1, 1, 1])
    switch Int.random(in: 0..<18, using: &generator) {
    case 0, 1: pictures.append(try graph.append(unary(), any(pictures)))
    case 2: pictures.append(try graph.append(binary(), any(pictures), any(pictures)))
    case 3:
      let bias = try graph.append(Reshape(shape: [2, 1, 1, 3]), any(rows))
      pictures.append(try graph.append(Bool.random(using: &generator) ? Mul() : Add(), any(pictures), bias))
    case 4: flats.append(try graph.append(Reshape(shape: flat.shape), any(pictures)))
    case 5 where !flats.isEmpty: pictures.append(try graph.append(Reshape(shape: picture.shape), any(flats)))
    case 6 where !flats.isEmpty: flats.append(try graph.append(unary(), any(flats)))
    case 7 where !flats.isEmpty: flats.append(try graph.append(binary(), any(flats), any(flats)))
    case 8: pictures.append(try graph.append(Conv(same), any(pictures), any(kernels)))
    case 9: pictures.append(try graph.append(DepthwiseConv(same), any(pictures), any(depthwises)))
    case 10: rows.append(try graph.append(Reduce(axes: [1, 2], scale: 0.1, keepDims: false), any(pictures)))
    case 11:
      let kept = try graph.append(Reshape(shape: [2, 1, 1, 3]), any(rows))
      pictures.append(try graph.append(Expand(shape: picture.shape), kept))
    case 12: masks.append(try graph.append(BitMask(low: 0, high: 0.5), any(pictures)))
    case 13 where !masks.isEmpty: pictures.append(try graph.append(MaskGrad(slope: 0.1), any(pictures), any(masks)))
    case 14: rows.append(try graph.append(Softmax(axis: 1), any(rows)))
    case 15:
      pictures.append(try graph.append(ConvGradInput(same, inputSize: [4, 4], groups: 1), any(pictures), any(kernels)))
    case 16:
      let gradient = try graph.append(ConvGradWeight(same, kernel: [3, 3], groups: 1), any(pictures), any(pictures))
      gradients[kernel, default: []].append(gradient)
    default:
      let gradient = try graph.append(DepthwiseGradWeight(same, kernel: [3, 3]), any(pictures), any(pictures))
      gradients[depthwise, default: []].append(gradient)
    }
  }

  /// Overwrites variables, and now and then a value in between, with `between` more readers of the old ones.
  private mutating func updates(_ between: Int) throws -> [(old: ValueID, new: ValueID)] {
    let same = Sliding(pads: [1, 1, 1, 1])
    gradients[kernel, default: []].append(
      try graph.append(ConvGradWeight(same, kernel: [3, 3], groups: 1), pictures[0], pictures[0]))
    let dy = any(pictures)
    gradients[depthwise, default: []].append(
      try graph.append(DepthwiseGradWeight(same, kernel: [3, 3]), any(pictures), dy))
    var updated: [(old: ValueID, new: ValueID)] = []
    let (w, d, m, s) = (kernels[0], depthwises[0], graph.value(named: "state:m")!, graph.value(named: "state:s")!)
    let velocity = try graph.append(
      MomentumState(momentum: 0.9, weightDecay: 0.01), m, any(gradients[kernel]!), w)
    for _ in 0..<between { try operation() }
    updated.append((w, try graph.append(SGD(), w, velocity)))
    let sum = try graph.append(Accumulate(), s, any(gradients[depthwise]!))
    for _ in 0..<between { try operation() }
    updated.append((d, try graph.append(SGD(weightDecay: 0.1), d, sum)))
    // The old weights stay readable until here, and one update may follow another.
    if Bool.random(using: &generator) {
      let p = pictures[1]
      let first = try graph.append(SGD(), p, any(pictures.filter { graph.content(of: $0) != p }))
      updated.append((p, try graph.append(SGD(), first, any(pictures.filter { graph.content(of: $0) != p }))))
    }
    if Bool.random(using: &generator) {
      let contents = pictures.map(graph.content).filter { graph.type($0) == picture }
      let values = contents.filter { !graph.isConstant($0) && !graph.isVariable($0) }
      let value = any(values)
      // Updates of p may read the value, so that this one must not wait for them: no order would do.
      let gradients = pictures.filter { ![value, pictures[1]].contains(graph.content(of: $0)) }
      updated.append((value, try graph.append(SGD(), value, any(gradients))))
    }
    return updated
  }

  /// What follows reads the new weights.
  private mutating func forgetOldWeights(_ updated: [(old: ValueID, new: ValueID)]) {
    for (old, new) in updated {
      func isOld(_ id: ValueID) -> Bool { graph.content(of: id) == old }
      pictures.removeAll(where: isOld)
      flats.removeAll(where: isOld)
      kernels = kernels.map { $0 == old ? new : $0 }
      depthwises = depthwises.map { $0 == old ? new : $0 }
      if graph.type(new) == picture { pictures.append(new) }
    }
  }

  private mutating func finish() throws {
    let labels = graph.input("labels", TensorType([2], .i32), kind: .label)
    let logits = any(rows)
    graph.outputs = [("loss", try graph.append(SoftmaxCrossEntropy(), logits, labels)), ("logits", logits)]
    graph.outputs += [("a", any(pictures)), ("b", flats.isEmpty ? any(pictures) : any(flats))]
  }
}
