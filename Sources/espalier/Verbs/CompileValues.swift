import ArgumentParser
import Driver
import Espalier
import Passes

extension NumberMode: ExpressibleByArgument {}
extension LossKind: ExpressibleByArgument {}
extension OptimizerKind: ExpressibleByArgument {}
extension ScheduleKind: ExpressibleByArgument {}
extension RoundingKind: ExpressibleByArgument {}
extension SampleOption: ExpressibleByArgument {}
extension RecomputeOption: ExpressibleByArgument {}
extension PageOption: ExpressibleByArgument {}

/// Which gradient steps of integer weights follow.
enum GradientScaling: String, CaseIterable, ExpressibleByArgument { case dequantized, plain }

extension CompileStage: ExpressibleByArgument {
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// `262144`, `256KiB`, `1.5MB`, `auto` or `none`, with the text that was typed.
struct CapArgument: ExpressibleByArgument {
  let cap: MemoryCap
  let defaultValueDescription: String

  static let target = CapArgument(cap: .target, defaultValueDescription: "the target's own")

  private init(cap: MemoryCap, defaultValueDescription: String) {
    self.cap = cap
    self.defaultValueDescription = defaultValueDescription
  }

  init?(argument: String) {
    switch argument {
    case "auto": self.init(cap: .auto, defaultValueDescription: argument)
    case "none": self.init(cap: .none, defaultValueDescription: argument)
    default:
      guard let size = ByteCount(argument) else { return nil }
      self.init(cap: .bytes(size.bytes), defaultValueDescription: argument)
    }
  }

  /// Where the cap comes from, for the message of a plan that does not fit.
  func source(_ target: Target) -> String {
    cap == .target || cap == .auto ? "\(target.name): its own cap" : "\(target.name): --cap \(defaultValueDescription)"
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

/// `auto`, `none`, `2x2`, or `2x2:8` for the first 8 layers.
struct PatchArgument: ExpressibleByArgument {
  let option: PatchOption
  let defaultValueDescription: String

  static let auto = PatchArgument(option: .automatic, defaultValueDescription: "auto")

  private init(option: PatchOption, defaultValueDescription: String) {
    self.option = option
    self.defaultValueDescription = defaultValueDescription
  }

  init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "none": self.init(option: .none, defaultValueDescription: argument)
    default:
      let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let sides = ShapeArgument(argument: String(parts[0]))?.sizes, sides.count == 2,
        sides.allSatisfy({ 1...64 ~= $0 })
      else { return nil }
      let layers = parts.count == 2 ? Int(parts[1]) : nil
      guard parts.count == 1 || layers ?? 0 > 0 else { return nil }
      let grid = PatchGrid(rows: sides[0], columns: sides[1])
      self.init(option: .fixed(grid, layers: layers), defaultValueDescription: argument)
    }
  }
}

/// `auto`, `none` or the name of a codec.
struct CodecArgument: ExpressibleByArgument {
  let option: CodecOption
  let defaultValueDescription: String

  static let auto = CodecArgument(argument: "auto")!

  init?(argument: String) {
    switch argument {
    case "auto": option = .automatic
    case "none": option = .none
    default:
      guard CodecOption.names.contains(argument) else { return nil }
      option = .forced(argument)
    }
    defaultValueDescription = argument
  }
}
