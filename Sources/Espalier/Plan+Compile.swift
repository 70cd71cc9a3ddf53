import Driver
import Foundation
import IR

// What programs name when they compile.
public typealias CompileOptions = Driver.CompileOptions
public typealias MemoryCap = Driver.MemoryCap
public typealias PolicySource = Driver.PolicySource

extension Plan {
  /// Compiles a model for a target under a cap.
  ///
  /// - Parameter options: everything else; its cap, policy and target are replaced.
  /// - Throws: `OptionError`, `PolicyError`, `ImportError`, and `OverCap` with what would fit.
  public static func compile(
    _ model: Model, for target: Target = .host, cap: MemoryCap = .target, policy: PolicySource = .full,
    options: CompileOptions = CompileOptions()
  ) throws -> Plan {
    try compile(for: target, cap, policy, options) { options in try Driver.compile(model.file, options) }
  }

  /// Compiles a network that was traced; its batch is that of its input.
  ///
  /// - Parameter options: everything else; its cap, policy and target are replaced.
  /// - Throws: as for a model.
  public static func compile(
    traced network: Graph, for target: Target = .host, cap: MemoryCap = .target, policy: PolicySource = .full,
    options: CompileOptions = CompileOptions()
  ) throws -> Plan {
    try compile(for: target, cap, policy, options) { options in try Driver.compile(traced: network, options) }
  }

  private static func compile(
    for target: Target, _ cap: MemoryCap, _ policy: PolicySource, _ options: CompileOptions,
    _ body: (CompileOptions) throws -> CompileResult
  ) throws -> Plan {
    var options = options
    (options.target, options.machine) = (target.name, target.machine)
    options.targetCap = target.capBytes
    options.cap = cap
    options.policy = policy
    options.stopAfter = nil
    guard case .plan(let compilation) = try body(options) else {
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
