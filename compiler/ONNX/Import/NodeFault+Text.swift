extension NodeFault: CustomStringConvertible {
  /// The fact in a few words, for the tables and messages of the command line.
  public var description: String {
    switch self {
    case .unsupportedOperator: "the operator is not supported"
    case .version(let since, let until): "the operator is of opset \(since) to \(until), the file of another"
    case .noResult: "the node has no result"
    case .training: "it was exported in training mode and its further results are used; export it after model.eval()"
    case .attribute(let name, let value): "attribute \(name) = \(value)"
    case .attributeKind(let name, let expected): "attribute \(name) must be \(expected)"
    case .operandMissing(let index): "operand \(index) is missing"
    case .undefined(let tensor): "nothing defines '\(tensor)'"
    case .redefined(let tensor): "'\(tensor)' is defined twice"
    case .notConstant(let tensor): "'\(tensor)' is computed and not a constant"
    case .elementType(let tensor, let type): "'\(tensor)' is of type \(type)"
    case .shapes(let shapes): "operands of shape \(shapes.map { "\($0)" }.joined(separator: ", "))"
    case .values(let tensor, let values):
      "'\(tensor)' is [\(values.prefix(8).map(String.init).joined(separator: ", "))\(values.count > 8 ? ", ..." : "")]"
    case .size(let shape): "a result of shape \(shape)"
    case .products(let count):
      "computing it takes \(count) products of constants, more than a model may; fold constants while exporting"
    case .output(let index): "result \(index) is used"
    case .notFinite(let tensor, let index): "'\(tensor)' has no finite number at element \(index)"
    case .variance(let tensor, let index, let value):
      "'\(tensor)' has the variance \(value) at element \(index); variances are above zero"
    case .rowForEachSample(let tensor, let rows):
      "'\(tensor)' has a row for each of \(rows) samples; a network treats every sample alike"
    case .mixedSamples(let tensor, let reason):
      "\(reason) of '\(tensor)'; a network treats every sample of a batch by itself"
    case .resultOfSamples(let tensor, let shape, let batch):
      "the result '\(tensor)' has the shape \(shape) for \(batch) samples; its first axis must be the samples"
    case .tensor(let name, let fault): "'\(name)' cannot be read: \(fault)"
    case .quantization(let tensor, let reason): "'\(tensor)' \(reason)"
    case .refused(let error): "\(error.op) \(error.reason)"
    }
  }
}
