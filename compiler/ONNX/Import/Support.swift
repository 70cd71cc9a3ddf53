import IR

/// What can be done with the nodes of one operator that share a fate.
public struct OperatorSupport: Hashable, Sendable, Codable {
  public let name: String
  /// Empty for ONNX's own operators.
  public let domain: String
  public let count: Int
  /// Names of the nodes, in the order of the file.
  public let nodes: [String]
  public let isImportable: Bool
  public let isTrainable: Bool
  /// Why not.
  public let reason: String?
}

extension ONNXModel {
  /// Every operator of the file with the nodes that can be imported and trained, and those that cannot with the reason.
  ///
  /// A node behind one that cannot be imported is judged by its operator alone; so is every node where the shape of the
  /// input is open.
  ///
  /// - Throws: `ImportError` for inputs that cannot be, and for tensors whose file is not there.
  public func support(_ options: ImportOptions = ImportOptions()) throws(ImportError) -> [OperatorSupport] {
    var importer: Importer?
    do { importer = try Importer(self, options) } catch {
      guard case .inputShapeUnknown = error else { throw error }
    }
    importer?.run()
    if let missing = importer?.missingData(path) { throw missing }
    let verdicts = importer.map { importer in importer.outcomes.map { importer.verdict($0) } }
    let nodes = proto.graph.node
    var groups: [Group: [String]] = [:]
    for (index, node) in nodes.enumerated() {
      var verdict = verdicts?[index] ?? NodeSupport()
      do throws(NodeFault) { _ = try node.rule(opset) } catch {
        verdict = NodeSupport(isImportable: false, isTrainable: false, reason: "\(error)")
      }
      let domain = node.domain == "ai.onnx" ? "" : node.domain
      groups[Group(name: node.opType, domain: domain, verdict: verdict), default: []].append(node.displayName)
    }
    return groups.map { group, nodes in
      OperatorSupport(
        name: group.name, domain: group.domain, count: nodes.count, nodes: nodes,
        isImportable: group.verdict.isImportable, isTrainable: group.verdict.isTrainable, reason: group.verdict.reason)
    }
    .sorted { ($0.domain, $0.name, $0.reason ?? "") < ($1.domain, $1.name, $1.reason ?? "") }
  }

  private struct Group: Hashable {
    let name: String
    let domain: String
    let verdict: NodeSupport
  }
}

struct NodeSupport: Hashable {
  var isImportable = true
  var isTrainable = true
  var reason: String?
}

extension Importer {
  /// The first tensor whose values a file beside the model should have: no fault of an operator.
  fileprivate func missingData(_ path: String) -> ImportError? {
    for case .fault(.tensor(let name, let fault)) in outcomes.map(\.result) where fault.isExternal {
      return .tensor(path: path, name: name, fault)
    }
    return nil
  }

  fileprivate func verdict(_ outcome: Outcome) -> NodeSupport {
    switch outcome.result {
    case .passedOver: return NodeSupport()
    case .fault(let fault): return NodeSupport(isImportable: false, isTrainable: false, reason: "\(fault)")
    case .values(let range):
      for index in range {
        if let fault = builder.graph.gradientFault(ValueID(index: index)) {
          return NodeSupport(isImportable: true, isTrainable: false, reason: "\(NodeFault.refused(fault))")
        }
      }
      return NodeSupport()
    }
  }
}

extension Graph {
  /// Why the gradient of an operation cannot be built for its float operands; nil where it can.
  fileprivate func gradientFault(_ id: ValueID) -> ShapeError? {
    guard let node = node(id) else { return nil }
    var scratch = Graph()
    let operands = node.inputs.enumerated().map { scratch.input("x\($0.offset)", type($0.element)) }
    do throws(ShapeError) {
      let output = try scratch.append(node.op, operands)
      // The gradient of integers is that of the real values they stand for.
      let seed = scratch.input("seed", type(id).dtype.isFloat ? type(id) : TensorType(type(id).shape))
      let wanted = node.inputs.map { type($0).dtype.isFloat }
      _ = try node.op.gradient(&scratch, of: scratch.node(output)!, outputGradient: seed, needsGradient: wanted)
      return nil
    } catch { return error }
  }
}
