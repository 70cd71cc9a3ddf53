import IR
import Memory
import Operators
import Runtime

/// Runs a graph with every tensor in a buffer of its own: the naive plan that others are compared with.
///
/// Used for constant folding on the host and as the oracle of tests; `f64` graphs run in double precision.
public struct Evaluator {
  public var context = StepContext()

  public init() {}

  /// Bytes of every value, given the bytes of the inputs; constants and variables bring their own.
  ///
  /// - Throws: `EvaluationError` when an input is missing or a kernel refuses its operands.
  public func evaluate(
    _ graph: Graph, inputs: [ValueID: [UInt8]]
  ) throws(EvaluationError) -> [ValueID: [UInt8]] {
    var bytes: [ValueID: [UInt8]] = [:]
    for id in graph.ids {
      switch graph[id].definition {
      case .input:
        guard let given = inputs[id], given.count == graph.type(id).bytes else { throw .inputMissing(graph[id].name) }
        bytes[id] = given
      case .constant(let c), .variable(let c): bytes[id] = c.bytes()
      case .operation(let op, let operands):
        let values = operands.map { bytes[$0]! }
        bytes[id] = try run(op, operands.map(graph.type), values, graph.type(id))
      }
    }
    return bytes
  }

  /// Output bytes of one operator.
  public func run(
    _ op: any Operator, _ types: [TensorType], _ values: [[UInt8]], _ output: TensorType
  ) throws(EvaluationError) -> [UInt8] {
    if case .view(let operand) = op.sharing { return values[operand] }
    return try operands(of: op, types, values, output)[0]
  }

  /// Bytes of the operands once an update has run; its output lies over the one that it overwrites.
  func operands(
    after update: any Operator, _ types: [TensorType], _ values: [[UInt8]], _ output: TensorType
  ) throws(EvaluationError) -> [[UInt8]] {
    let all = try operands(of: update, types, values, output)
    return [all[0]] + all[2...]
  }

  /// Bytes of output and operands once an operator has run.
  private func operands(
    of op: any Operator, _ types: [TensorType], _ values: [[UInt8]], _ output: TensorType
  ) throws(EvaluationError) -> [[UInt8]] {
    guard let kernel = op as? any KernelOperator else { throw .noKernel(type(of: op).name) }
    // Kernels go through rows of no elements, too, and these may be many.
    if output.count == 0 { return [[]] + values }
    let scratch = op.scratchBytes(types, output)
    let tensors = [output] + types + (scratch > 0 ? [TensorType([scratch], .u8)] : [])
    var rows: [TensorRow] = []
    var end = 0
    for type in tensors {
      rows.append(TensorRow(section: .arena, type: type.elementType, count: type.count, offset: end))
      end += aligned(type.bytes, to: ImageHeader.alignment)
    }
    let words = rowWords(kernel, operands: Array(0..<tensors.count), types: types, output: output)
    let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: max(end, 64), alignment: 64)
    defer { arena.deallocate() }
    arena.initializeMemory(as: UInt8.self, repeating: 0xA5)  // so that reading what nobody wrote shows
    for (value, row) in zip(values, rows.dropFirst()) {
      UnsafeMutableRawBufferPointer(rebasing: arena[Int(row.offset)...]).copyBytes(from: value)
    }
    if case .overwrites(let operand) = op.sharing { arena.copyBytes(from: values[operand]) }
    let accepted = rows.withUnsafeBufferPointer { table in
      words.withUnsafeBufferPointer { row in
        let memory = ProgramMemory(
          tensors: table.baseAddress!, constants: UnsafeRawPointer(arena.baseAddress!), arena: arena.baseAddress!)
        let call = Call(words: row.baseAddress!, memory: memory)
        guard accepts(type(of: kernel).opcode, call, tensorCount: table.count) else { return false }
        execute(type(of: kernel).opcode, call, context)
        return true
      }
    }
    guard accepted else { throw .kernelRefused(type(of: op).name) }
    return zip(rows, [output] + types).map { row, type in
      [UInt8](arena[Int(row.offset)..<Int(row.offset) + type.bytes])
    }
  }
}

public enum EvaluationError: Error, Sendable {
  case inputMissing(String)
  case noKernel(String)
  case kernelRefused(String)
}
