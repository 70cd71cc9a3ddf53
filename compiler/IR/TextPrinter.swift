extension Graph {
  /// Text form: one value a line, in order; `withData` writes the bytes of constants in hexadecimal.
  ///
  ///     %0 = input "x" : f32[1,4]
  ///     %1 = constant "w" : f32[4] = 0000803f...
  ///     %2 = variable "state:momentum:w" state("w") : f32[4]
  ///     %3 = clip(%0) {low=0, high=6} "features.0" : f32[1,4]
  ///     output "logits" = %3
  ///
  /// Between name and type stands the kind of values that are more than tensors of the network.
  public func text(withData: Bool = false) -> String {
    var lines: [String] = []
    for id in ids {
      let value = self[id]
      let left = "%\(id.index) = "
      let kind = kindText(value)
      switch value.definition {
      case .input: lines.append("\(left)input \(quoted(value.name))\(kind) : \(value.type)")
      case .constant(let c): lines.append(left + line("constant", value, c, withData))
      case .variable(let c): lines.append(left + line("variable", value, c, withData))
      case .operation(let op, let inputs):
        let operands = inputs.map { "%\($0.index)" }.joined(separator: ", ")
        let name = value.name.isEmpty ? "" : " " + quoted(value.name)
        lines.append("\(left)\(Swift.type(of: op).name)(\(operands))\(op.attributes)\(name)\(kind) : \(value.type)")
      }
    }
    for output in outputs { lines.append("output \(quoted(output.name)) = %\(output.value.index)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func kindText(_ value: Value) -> String { value.kind == .tensor ? "" : " \(value.kind)" }

  private func line(_ kind: String, _ value: Value, _ constant: Constant, _ withData: Bool) -> String {
    let head = "\(kind) \(quoted(value.name))\(kindText(value)) : \(value.type)"
    return withData ? head + " = " + hexadecimal(constant.bytes()) : head
  }
}

/// Goes by scalars: a quote with a combining accent is one `Character`, and no quote.
func quoted(_ text: String) -> String {
  var result = "\"".unicodeScalars
  for scalar in text.unicodeScalars {
    if scalar == "\\" || scalar == "\"" { result.append("\\") }
    if scalar == "\n" { result.append(contentsOf: "\\n".unicodeScalars) } else { result.append(scalar) }
  }
  result.append("\"")
  return String(result)
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: text, as: UTF8.self)
}

extension Attributes: CustomStringConvertible {
  /// Text form with a leading space, or nothing when there are none.
  public var description: String {
    if entries.isEmpty { return "" }
    return " {" + entries.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") + "}"
  }
}

extension AttributeValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .int(let value): "\(value)"
    case .ints(let values): "[" + values.map(String.init).joined(separator: ",") + "]"
    case .float(let value): "\(value)"
    case .string(let value): quoted(value)
    }
  }
}
