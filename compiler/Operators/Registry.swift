import IR

/// Every operator, by its name in the text form; a test compares it with `OpCode.allCases`.
public let registry: [String: any Operator.Type] = Dictionary(
  uniqueKeysWithValues: operators.map { ($0.name, $0) })

private let operators: [any Operator.Type] = [
  Relu.self, ReluGrad.self,
]
