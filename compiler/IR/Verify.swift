/// What is wrong with a graph, and at which value.
public struct VerifyError: Error, Sendable {
  public enum Reason: Hashable, Sendable {
    case usedBeforeDefined(operand: ValueID)
    case typeDiffers(inferred: TensorType)
    case shape(ShapeError)
    case duplicateName
    case constantTooShort
    /// The stored shape, permuted, is not the constant's shape.
    case layoutDiffers
    case missingOutput
    case notUpdatedOnce
  }
  public let value: ValueID
  public let name: String
  public let reason: Reason
}

extension Graph {
  /// Checks the contract between stages: operands before users, types equal to what `infer` says, names unique.
  public func verify() throws(VerifyError) {
    var names: Set<String> = []
    for id in ids {
      let value = self[id]
      func fail(_ reason: VerifyError.Reason) -> VerifyError {
        VerifyError(value: id, name: value.name, reason: reason)
      }
      switch value.definition {
      case .operation(let op, let inputs):
        for operand in inputs where operand >= id || operand.index < 0 {
          throw fail(.usedBeforeDefined(operand: operand))
        }
        let inferred: TensorType
        do { inferred = try op.infer(inputs.map(type)) } catch { throw fail(.shape(error)) }
        guard inferred == value.type else { throw fail(.typeDiffers(inferred: inferred)) }
      case .constant(let c), .variable(let c):
        guard c.type == value.type else { throw fail(.typeDiffers(inferred: c.type)) }
        guard c.offset >= 0, c.offset + c.type.bytes <= c.storage.count else { throw fail(.constantTooShort) }
        guard c.isPermutation else { throw fail(.layoutDiffers) }
        guard names.insert(value.name).inserted else { throw fail(.duplicateName) }
      case .input:
        guard names.insert(value.name).inserted else { throw fail(.duplicateName) }
      }
    }
    for output in outputs where !values.indices.contains(output.value.index) {
      throw VerifyError(value: output.value, name: output.name, reason: .missingOutput)
    }
  }
}
