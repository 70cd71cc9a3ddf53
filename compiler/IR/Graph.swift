/// Names a value of one graph; values are numbered in the order they were appended.
public struct ValueID: Hashable, Comparable, Sendable {
  public let index: Int
  public init(index: Int) { self.index = index }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// An operation of a graph together with its operands.
public struct Node: Sendable {
  public let op: any Operator
  public let inputs: [ValueID]
  public let output: ValueID
}

/// Where a value comes from.
public enum Definition: Sendable {
  /// Given anew for every step: pictures, labels.
  case input
  /// Never changes; stays in the mapped image.
  case constant(Constant)
  /// Lives in the arena from start to end and begins as this constant: trained weights, optimizer state.
  case variable(Constant)
  case operation(any Operator, [ValueID])
}

public struct Value: Sendable {
  /// Name of the ONNX tensor or traced path; unique among constants, variables and inputs.
  public var name: String
  public var kind = ValueKind.tensor
  public let type: TensorType
  public let definition: Definition
}

/// A network or a training step: values in static single assignment form, operands before users.
///
/// Nothing is ever removed or changed; passes build a new graph (`rewriting`).
public struct Graph: Sendable {
  public private(set) var values: [Value] = []
  /// Results in order, with the names under which the outside knows them.
  public var outputs: [(name: String, value: ValueID)] = []

  public init() {}

  /// A graph that nobody has checked: `verify` says whether it is one.
  init(unchecked values: [Value]) { self.values = values }

  public subscript(id: ValueID) -> Value { values[id.index] }
  public var ids: some Sequence<ValueID> { values.indices.lazy.map { ValueID(index: $0) } }

  public func type(_ id: ValueID) -> TensorType { values[id.index].type }

  /// The operation that computes `id`, if it is computed.
  public func node(_ id: ValueID) -> Node? {
    guard case .operation(let op, let inputs) = values[id.index].definition else { return nil }
    return Node(op: op, inputs: inputs, output: id)
  }

  /// Values that are given anew for every step.
  public var inputs: [ValueID] { ids.filter { if case .input = self[$0].definition { true } else { false } } }

  /// Multiply-accumulates of one execution of an operation.
  public func macs(_ node: Node) -> Int { node.op.macs(node.inputs.map(type), type(node.output)) }

  /// All operations in order.
  public var nodes: [Node] { ids.compactMap { node($0) } }

  public func constant(_ id: ValueID) -> Constant? {
    switch values[id.index].definition {
    case .constant(let c), .variable(let c): c
    default: nil
    }
  }

  public func isVariable(_ id: ValueID) -> Bool {
    if case .variable = values[id.index].definition { true } else { false }
  }

  /// The first output called `name`.
  public func output(_ name: String) -> ValueID? { outputs.first { $0.name == name }?.value }

  /// The value called `name`.
  public func value(named name: String) -> ValueID? { ids.first { values[$0.index].name == name } }

  /// The first value of a kind.
  public func value(of kind: ValueKind) -> ValueID? { ids.first { values[$0.index].kind == kind } }

  /// A name that no value has: this one, or with a number behind it.
  public func unused(_ name: String) -> String {
    unusedName(name) { taken in values.contains { $0.name == taken } }
  }

  @discardableResult
  public mutating func input(_ name: String, _ type: TensorType, kind: ValueKind = .tensor) -> ValueID {
    add(name, kind, type, .input)
  }

  @discardableResult
  public mutating func constant(_ name: String, _ constant: Constant, kind: ValueKind = .tensor) -> ValueID {
    add(name, kind, constant.type, .constant(constant))
  }

  @discardableResult
  public mutating func variable(_ name: String, _ constant: Constant, kind: ValueKind = .tensor) -> ValueID {
    add(name, kind, constant.type, .variable(constant))
  }

  /// Appends an operation; its type is what the operator infers.
  @discardableResult
  public mutating func append(
    _ op: any Operator, _ inputs: [ValueID], name: String = "", kind: ValueKind = .tensor
  ) throws(ShapeError) -> ValueID {
    let type = try op.infer(inputs.map { values[$0.index].type })
    return add(name, kind, type, .operation(op, inputs))
  }

  @discardableResult
  public mutating func append(
    _ op: any Operator, _ inputs: ValueID..., name: String = "", kind: ValueKind = .tensor
  ) throws(ShapeError) -> ValueID { try append(op, inputs, name: name, kind: kind) }

  /// Appends an operation that stands for a value of another graph: under its name, and of its kind.
  @discardableResult
  public mutating func append(
    _ op: any Operator, _ inputs: [ValueID], as value: Value
  ) throws(ShapeError) -> ValueID { try append(op, inputs, name: value.name, kind: value.kind) }

  private mutating func add(
    _ name: String, _ kind: ValueKind, _ type: TensorType, _ definition: Definition
  ) -> ValueID {
    values.append(Value(name: name, kind: kind, type: type, definition: definition))
    return ValueID(index: values.count - 1)
  }
}
