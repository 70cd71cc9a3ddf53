extension Graph {
  /// Reads the text form.
  ///
  /// - Parameters:
  ///   - operators: the operators it may name.
  ///   - constants: the values of constants that the text gives without data.
  /// - Throws: `TextError` with the line.
  public init(
    text: String, operators: [String: any Operator.Type], constants: (String, TensorType) -> Constant? = { _, _ in nil }
  ) throws(TextError) {
    self.init()
    var parser = TextParser(scanner: TextScanner(text), operators: operators)
    while !parser.scanner.isAtEnd { try parser.statement(&self, constants) }
  }
}

private struct TextParser {
  var scanner: TextScanner
  let operators: [String: any Operator.Type]

  mutating func statement(
    _ graph: inout Graph, _ constants: (String, TensorType) -> Constant?
  ) throws(TextError) {
    if scanner.take("output") {
      let name = try scanner.string()
      try scanner.expect("=")
      graph.outputs.append((name, try value(graph)))
      return
    }
    try scanner.expect("%")
    guard try scanner.integer() == graph.values.count else { throw scanner.error("values must be numbered in order") }
    try scanner.expect("=")
    let word = try scanner.word()
    switch word {
    case "input":
      let name = try scanner.string()
      let kind = try scanner.kind()
      graph.input(name, try type(), kind: kind)
    case "constant", "variable":
      let name = try scanner.string()
      let kind = try scanner.kind()
      let type = try type()
      let constant = try data(name, type, constants)
      if word == "constant" {
        graph.constant(name, constant, kind: kind)
      } else {
        graph.variable(name, constant, kind: kind)
      }
    default: try operation(word, &graph)
    }
  }

  private mutating func value(_ graph: Graph) throws(TextError) -> ValueID {
    try scanner.expect("%")
    let index = try scanner.integer()
    guard graph.values.indices.contains(index) else { throw scanner.error("%\(index) is not defined yet") }
    return ValueID(index: index)
  }

  private mutating func operation(_ name: String, _ graph: inout Graph) throws(TextError) {
    guard let type = operators[name] else { throw scanner.error("there is no operator '\(name)'") }
    try scanner.expect("(")
    var inputs: [ValueID] = []
    while !scanner.take(")") {
      inputs.append(try value(graph))
      _ = scanner.take(",")
    }
    let attributes = try attributes()
    let label = scanner.startsString ? try scanner.string() : ""
    let kind = try scanner.kind()
    let expected = try self.type()
    let op: any Operator
    do { op = try type.init(attributes: attributes) } catch {
      throw scanner.error("\(name): '\(error.name)' must be \(error.expected)")
    }
    do throws(ShapeError) {
      let id = try graph.append(op, inputs, name: label, kind: kind)
      guard graph.type(id) == expected else { throw ShapeError(name, "gives \(graph.type(id)), not \(expected)") }
    } catch { throw scanner.error("\(error.op): \(error.reason)") }
  }

  private mutating func attributes() throws(TextError) -> Attributes {
    guard scanner.take("{") else { return [:] }
    var entries: [(String, AttributeValue)] = []
    while !scanner.take("}") {
      let name = try scanner.word()
      try scanner.expect("=")
      entries.append((name, try attribute()))
      _ = scanner.take(",")
    }
    return Attributes(entries)
  }

  private mutating func attribute() throws(TextError) -> AttributeValue {
    if scanner.startsString { return .string(try scanner.string()) }
    if scanner.take("[") {
      var values: [Int] = []
      while !scanner.take("]") {
        values.append(try scanner.integer())
        _ = scanner.take(",")
      }
      return .ints(values)
    }
    let word = try scanner.word(also: "-+.")
    if let value = Int(word) { return .int(value) }
    guard let value = Double(word) else { throw scanner.error("'\(word)' is no number") }
    return .float(value)
  }

  private mutating func type() throws(TextError) -> TensorType {
    try scanner.expect(":")
    let word = try scanner.word()
    guard let dtype = DType(rawValue: word) else { throw scanner.error("there is no element type '\(word)'") }
    let shape = try scanner.integers()
    guard TensorType.count(of: shape) != nil else { throw scanner.error("\(TensorType(shape, dtype)) is no size") }
    return TensorType(shape, dtype, quantization: scanner.take("q(") ? try quantization() : nil)
  }

  /// What stands between `q(` and `)`: scales; zero points; axis.
  private mutating func quantization() throws(TextError) -> Quantization {
    var scales: [Float] = []
    repeat {
      let word = try scanner.word(also: "-+.")
      guard let scale = Float(word) else { throw scanner.error("'\(word)' is no scale") }
      scales.append(scale)
    } while scanner.take(",")
    try scanner.expect(";")
    var zeroPoints: [Int32] = []
    repeat {
      let value = try scanner.integer()
      guard let zeroPoint = Int32(exactly: value) else { throw scanner.error("\(value) is no zero point") }
      zeroPoints.append(zeroPoint)
    } while scanner.take(",")
    let axis = scanner.take(";") ? try scanner.integer() : nil
    try scanner.expect(")")
    return Quantization(scales: scales, zeroPoints: zeroPoints, axis: axis)
  }

  private mutating func data(
    _ name: String, _ type: TensorType, _ constants: (String, TensorType) -> Constant?
  ) throws(TextError) -> Constant {
    if scanner.take("=") {
      let digits = type.bytes == 0 ? [] : Array(try scanner.word().utf8)
      let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
        UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
      }
      guard bytes.count == type.bytes, digits.count == 2 * bytes.count else {
        throw scanner.error("'\(name)' needs \(type.bytes) bytes in hexadecimal")
      }
      return Constant(type, bytes: bytes)
    }
    guard let constant = constants(name, type), constant.type == type else {
      throw scanner.error("no data for '\(name)'")
    }
    return constant
  }
}
