import Deploy
import Operators

extension Target {
  /// What kernels are chosen by: there are some for the vectors of this computer and for NEON of 64-bit ARM.
  public var machine: TargetMachine {
    guard let triple else { return .vectors }
    return switch Architecture(triple: triple) {
    case .x86_64?: .vectors
    case .aarch64? where instructionSets.contains("neon"): .vectors
    default: .plain
    }
  }
}
