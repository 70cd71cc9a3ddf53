import IR
import Operators

/// How nodes of one ONNX operator become IR.
struct Rule: Sendable {
  typealias Apply = @Sendable (OperatorNode, inout Builder) throws(NodeFault) -> [ModelTensor]

  /// The rule takes known floats as they are; others are computed on the spot where all their operands are known.
  let keepsConstants: Bool
  /// Versions of the operator set in which the operator means this.
  private(set) var versions = ONNXModel.opsets
  /// Results have the axes of the first operand, in its order.
  private(set) var keepsAxes = false
  let apply: Apply

  static func computing(_ apply: @escaping Apply) -> Rule { Rule(keepsConstants: false, apply: apply) }
  static func viewing(_ apply: @escaping Apply) -> Rule { Rule(keepsConstants: true, apply: apply) }

  /// The rule of an activation function: `make` reads its attributes.
  static func activation(_ make: @escaping @Sendable (OperatorNode) throws(NodeFault) -> any Operator) -> Rule {
    computing { (node, b) throws(NodeFault) in [.value(try b.elementwise(make(node), node))] }.keepingAxes()
  }

  func keepingAxes() -> Rule {
    var rule = self
    rule.keepsAxes = true
    return rule
  }

  /// The rule from a version of the operator set on.
  func since(_ version: Int) -> Rule { within(version...versions.upperBound) }

  /// The rule up to a version of the operator set.
  func until(_ version: Int) -> Rule { within(versions.lowerBound...version) }

  private func within(_ versions: ClosedRange<Int>) -> Rule {
    var rule = self
    rule.versions = versions
    return rule
  }
}

extension Onnx_NodeProto {
  /// The rule for its operator in a version of the operator set.
  func rule(_ opset: Int) throws(NodeFault) -> Rule {
    if QuantizedForm(self) != nil { return .viewing(betweenRoundings) }
    let isKnown =
      domain.isEmpty || domain == "ai.onnx" || isRounding("QuantizeLinear") || isRounding("DequantizeLinear")
    guard isKnown else { throw .unsupportedOperator }
    return try ONNX.rule(opType, opset)
  }
}

/// The rule for an operator of the default domain in a version of the operator set.
func rule(_ operator: String, _ opset: Int) throws(NodeFault) -> Rule {
  guard let versions = rules[`operator`] else { throw .unsupportedOperator }
  guard let rule = versions.first(where: { $0.versions.contains(opset) }) else {
    throw .version(since: versions[0].versions.lowerBound, until: versions[0].versions.upperBound)
  }
  return rule
}

/// Whether an operator leaves the axes of its operand where they are.
func keepsAxes(_ operator: String) -> Bool { rules[`operator`]?.contains(where: \.keepsAxes) ?? false }

/// The rules by operator of the default domain, the newest first; each says in which versions it holds.
private let rules: [String: [Rule]] = [
  "Add": [.computing(arithmetic(Add()) { $0 &+ $1 }).keepingAxes()],
  "AveragePool": [.computing(averagePool)],
  "BatchNormalization": [.computing(batchNormalization)],
  "Cast": [.viewing(cast).keepingAxes()],
  "Clip": [.computing(clip).keepingAxes()],
  "Concat": [.computing(concat).keepingAxes()],
  "Constant": [.viewing(constant)],
  "ConstantOfShape": [.viewing(constantOfShape)],
  "Conv": [.computing(convolution)],
  "DequantizeLinear": [.viewing(dequantizeLinear).keepingAxes()],
  "Div": [
    .computing(arithmetic(Div()) { $1 == 0 ? nil : $0.dividedReportingOverflow(by: $1).partialValue }).keepingAxes()
  ],
  "Dropout": [.viewing(dropout).keepingAxes()],
  "Erf": [.activation { _ in Erf() }],
  "Expand": [.computing(expand)],
  "Flatten": [.viewing(flatten)],
  "Gather": [.computing(gather)],
  "Gelu": [.activation(gelu).since(20)],
  "Gemm": [.computing(gemm)],
  "GlobalAveragePool": [.computing(globalAveragePool)],
  "GlobalMaxPool": [.computing(globalMaxPool)],
  "HardSigmoid": [
    .activation { (node) throws(NodeFault) in
      try HardSigmoid(alpha: node.float("alpha", default: 0.2), beta: node.float("beta", default: 0.5))
    }
  ],
  "HardSwish": [.activation { _ in HardSwish() }.since(14)],
  "Identity": [.viewing(identity).keepingAxes()],
  "LRN": [.computing(localResponse)],
  "LeakyRelu": [
    .activation { (node) throws(NodeFault) in LeakyRelu(alpha: try node.float("alpha", default: 0.01)) }
  ],
  "LogSoftmax": [.computing(softmax(isLog: true)).since(13), .computing(coercedSoftmax(isLog: true)).until(12)],
  "MatMul": [.computing(matMul)],
  "MaxPool": [.computing(maxPool)],
  "Mish": [.activation { _ in Mish() }.since(18)],
  "Mul": [.computing(arithmetic(Mul()) { $0 &* $1 }).keepingAxes()],
  "Neg": [.activation { _ in Affine(alpha: -1) }],
  "Pad": [.computing(pad).keepingAxes()],
  "QuantizeLinear": [.viewing(quantizeLinear).keepingAxes()],
  "ReduceMean": [.computing(reduction(isMean: true))],
  "ReduceSum": [.computing(reduction(isMean: false))],
  "Relu": [.activation { _ in Relu() }],
  "Reshape": [.viewing(reshape)],
  "Resize": [.computing(resize).keepingAxes()],
  "Shape": [.viewing(shape)],
  "Sigmoid": [.activation { _ in Sigmoid() }],
  "Size": [.viewing(size)],
  "Slice": [.computing(slice).keepingAxes()],
  "Softmax": [.computing(softmax(isLog: false)).since(13), .computing(coercedSoftmax(isLog: false)).until(12)],
  "Softplus": [.activation { _ in Softplus() }],
  "Split": [.computing(split).since(13).keepingAxes(), .computing(splitByAttribute).until(12).keepingAxes()],
  "Squeeze": [.viewing(squeeze).since(13), .viewing(squeezeByAttribute).until(12)],
  "Sub": [.computing(arithmetic(Sub()) { $0 &- $1 }).keepingAxes()],
  "Sum": [.computing(sum)],
  "Tanh": [.activation { _ in Tanh() }],
  "Transpose": [.viewing(transpose)],
  "Unsqueeze": [.viewing(unsqueeze).since(13), .viewing(unsqueezeByAttribute).until(12)],
]
