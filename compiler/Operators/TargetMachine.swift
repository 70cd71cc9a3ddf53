import IR
import Runtime

/// What the compiler chooses kernels by: which vectors a processor has, and how much working memory pays.
public struct TargetMachine: Hashable, Sendable {
  /// Bytes of the smallest vectors that there are integer kernels for; 0 for none.
  public var vectorBytes: Int
  /// Bytes of scratch above which tiles gain nothing.
  public var mostScratch: Int

  public init(vectorBytes: Int, mostScratch: Int = 64 << 10) {
    self.vectorBytes = vectorBytes
    self.mostScratch = mostScratch
  }

  /// Nothing but plain kernels.
  public static let plain = TargetMachine(vectorBytes: 0)
  /// This computer, and 64-bit ARM with NEON.
  public static let vectors = TargetMachine(vectorBytes: 16)

  /// Operations below which vectors gain a row less than their code costs a runner.
  static let leastWork = 1 << 16
}

/// An element costs a plain kernel about as much as so many products.
func workOfElements(_ count: Int) -> Int { 16 * count }

extension KernelOperator {
  /// The kernel that the target should run a node with.
  public func variant(_ inputs: [TensorType], _ output: TensorType, on target: TargetMachine) -> KernelVariant {
    guard target.vectorBytes > 0, let work = tiledWork(inputs, output), work >= TargetMachine.leastWork else {
      return .plain
    }
    return .tiles
  }

  /// Bytes of scratch that the kernel would make use of, at least those that it needs.
  public func roomBytes(_ inputs: [TensorType], _ output: TensorType, on target: TargetMachine) -> Int {
    let needed = scratchBytes(inputs, output)
    guard needed > 0, variant(inputs, output, on: target) == .tiles else { return needed }
    return max(needed, min(tileBytes(inputs, output), target.mostScratch))
  }
}
