/// Why a plan cannot be written.
public enum EmitError: Error, Equatable, Sendable {
  /// Two tensors of one name and different types or values.
  case constantsDiffer(String)
  /// A value that an operation needs has neither a place in the arena nor constant bytes.
  case notPlaced(String)
  /// An operator that is no view has no kernel.
  case noKernel(String)
  /// A kernel refuses the tensors it is given.
  case kernelRefused(String)
  /// The graph has no value that the format must know.
  case missing(String)
  /// A variable of another program that the first plan has not got.
  case unknownVariable(String)
}
