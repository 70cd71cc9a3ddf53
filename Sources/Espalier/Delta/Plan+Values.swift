import Emit
import Runtime

extension Plan {
  /// A trained tensor, or something else that outlives a step.
  struct Variable {
    let index: Int
    let name: String
    let type: ElementType
    let count: Int
    /// First byte of the initial values in the plan's file; nil for zeros.
    let initial: Int?
  }

  var variables: [Variable] {
    (0..<image.variableCount).map { index in
      let row = image.variable(index)
      let tensor = image.train.tensor(Int(row.tensor))
      let first = row.initial == VariableRow.zeros ? nil : Int(image.header.constants.offset) + Int(row.initial)
      return Variable(
        index: index, name: image.name(row).text, type: tensor.type ?? .f32, count: Int(tensor.count), initial: first)
    }
  }

  /// The tensors that training is for: not what optimizers and scales remember.
  var trainedVariables: [Variable] { variables.filter { metadata.states?[$0.name] == nil } }

  /// The plan with other initial values, by index of the variable.
  ///
  /// Values of a variable that began as zeros come behind all constants, and go from there once they are zeros again:
  /// the same values give the same bytes, however they came about.
  /// - Throws: `EspalierError.image`, `metadata`: not for a plan that the compiler wrote.
  func replacingInitialValues(_ values: [Int: [UInt8]], path: String) throws(EspalierError) -> Plan {
    var bytes = Array(imageBytes().dropLast(Digest.size))
    var header = image.header
    guard header.constants.offset + header.constants.count == UInt64(bytes.count) else {
      throw .metadata(path: path, reason: "something stands behind its constants")
    }
    let constants = Int(header.constants.offset)
    var added = constants + constantsEnd(without: values)
    bytes.removeLast(bytes.count - added)
    for variable in variables {
      guard let new = values[variable.index] else { continue }
      var row = image.variable(variable.index)
      if let first = variable.initial, first + new.count <= added {
        bytes.replaceSubrange(first..<(first + new.count), with: new)
        continue
      }
      if new.allSatisfy({ $0 == 0 }) {
        row.initial = VariableRow.zeros
      } else {
        while bytes.count % ImageHeader.alignment != 0 { bytes.append(0) }
        row.initial = UInt64(bytes.count - constants)
        bytes += new
      }
      let place = Int(header.variables.offset) + variable.index * MemoryLayout<VariableRow>.size
      withUnsafeBytes(of: row) { bytes.replaceSubrange(place..<(place + $0.count), with: $0) }
    }
    added = bytes.count
    header.constants.count = UInt64(added - constants)
    header.length = UInt64(added + Digest.size)
    withUnsafeBytes(of: header) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    let digest = bytes.withUnsafeBytes { Digest(of: Bytes($0)) }
    withUnsafeBytes(of: digest) { bytes.append(contentsOf: $0) }
    return try Plan(bytes: bytes, path: path)
  }

  /// Bytes of the constants without values at their end that become zeros or are written anew.
  private func constantsEnd(without values: [Int: [UInt8]]) -> Int {
    let constants = Int(image.header.constants.offset)
    var ends: [Int] = []
    for program in (0..<image.planCount).map(image.train) + [image.predict] {
      for index in 0..<program.tensorCount {
        let row = program.tensor(index)
        if row.section == .constants, let type = row.type { ends.append(Int(row.offset) + type.bytes(Int(row.count))) }
      }
    }
    let fixed = ends.max() ?? 0
    // What was added lies behind everything that rows read, in the order of the variables.
    let owned = variables.compactMap { variable in variable.initial.map { ($0 - constants, variable) } }
    var end = fixed
    for (first, variable) in owned.sorted(by: { $0.0 < $1.0 }) {
      let isAdded = first >= fixed && values[variable.index] != nil
      if !isAdded { end = max(end, first + variable.type.bytes(variable.count)) }
    }
    return end
  }
}
