import ArgumentParser
import Driver
import Espalier

extension NumberMode: ExpressibleByArgument {}
extension LossKind: ExpressibleByArgument {}
extension OptimizerKind: ExpressibleByArgument {}
extension ScheduleKind: ExpressibleByArgument {}
extension RoundingKind: ExpressibleByArgument {}

/// Which gradient steps of integer weights follow.
enum GradientScaling: String, CaseIterable, ExpressibleByArgument { case dequantized, plain }

extension CompileStage: ExpressibleByArgument {
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// `262144`, `256KiB`, `1.5MB`, `auto` or `none`, with the text that was typed.
struct CapArgument: ExpressibleByArgument {
  let cap: MemoryCap
  let defaultValueDescription: String

  static let auto = CapArgument(cap: .auto, defaultValueDescription: "auto")

  private init(cap: MemoryCap, defaultValueDescription: String) {
    self.cap = cap
    self.defaultValueDescription = defaultValueDescription
  }

  init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "none": self.init(cap: .none, defaultValueDescription: argument)
    default:
      guard let size = ByteCount(argument) else { return nil }
      self.init(cap: .bytes(size.bytes), defaultValueDescription: argument)
    }
  }

  /// Where the cap comes from, for the message of a plan that does not fit.
  func source(_ target: Target) -> String {
    cap == .auto ? "\(target.name): its own cap" : "\(target.name): --cap \(defaultValueDescription)"
  }
}

/// `1x3x96x96`.
struct ShapeArgument: ExpressibleByArgument {
  let sizes: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
    sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count else { return nil }
  }
}
