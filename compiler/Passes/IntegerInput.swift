import IR
import Operators

extension Graph {
  /// Makes the input int8 where its only reader quantizes it: a quarter of the bytes, the same values.
  public func takingIntegers() throws(ShapeError) -> Graph {
    guard inputs.count == 1, let input = inputs.first, !outputs.contains(where: { $0.value == input }) else {
      return self
    }
    let readers = nodes.filter { $0.inputs.contains(input) }
    guard let type = readers.first.map({ self.type($0.output) }),
      readers.allSatisfy({ $0.op is Quantize && self.type($0.output) == type })
    else { return self }
    var rewriter = Rewriter(self)
    rewriter[input] = rewriter.graph.input(self[input].name, type, kind: self[input].kind)
    for reader in readers { rewriter[reader.output] = rewriter[input] }
    for id in ids where !rewriter.isMapped(id) { try rewriter.copy(id) }
    return rewriter.finish()
  }
}
