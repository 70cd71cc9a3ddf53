import Driver
import Foundation

extension Plan {
  /// Compiles a model for a target under a cap.
  ///
  /// - Parameter options: everything else; its cap, policy and target are replaced.
  /// - Throws: `OptionError`, `PolicyError`, `ImportError`, `CompileError`, and `OverCap` with what would fit.
  public static func compile(
    _ model: Model, for target: Target = .host, cap: MemoryCap = .auto, policy: PolicySource = .full,
    options: CompileOptions = CompileOptions()
  ) throws -> Plan {
    var options = options
    options.target = target.name
    options.targetCap = target.capBytes
    options.cap = cap
    options.policy = policy
    options.stopAfter = nil
    guard case .plan(let compilation) = try Driver.compile(model.file, options) else {
      preconditionFailure("no stage was named to stop after")
    }
    return try Plan(bytes: compilation.image)
  }
}

extension MemoryCap {
  public static func kibibytes(_ count: Int) -> MemoryCap { .bytes(count << 10) }
  public static func mebibytes(_ count: Int) -> MemoryCap { .bytes(count << 20) }
}

extension PolicySource {
  /// Every weight and bias.
  public static var full: PolicySource { .preset("full") }
  /// Every bias, and the weight of the classifier.
  public static var bias: PolicySource { .preset("bias") }
  /// The classifier alone.
  public static var head: PolicySource { .preset("head") }
  /// Weights and biases of the last layers.
  public static func last(_ layers: Int) -> PolicySource { .preset("last-\(layers)") }

  /// A policy file in JSON.
  public static func file(_ url: URL) throws -> PolicySource {
    .document([UInt8](try Foundation.Data(contentsOf: url)), path: url.path)
  }
}
