import Passes

/// Patch-based execution: whether the leading blocks are computed in patches.
public enum PatchOption: Hashable, Sendable {
  /// Where the step would not fit under its cap otherwise, in the way that takes the fewest multiplications.
  case automatic
  case none
  /// In a grid, down to so many layers; nil for as many as give the smallest arena.
  case fixed(PatchGrid, layers: Int?)
}

/// Where the patches of the first layer are read from.
public enum SampleOption: String, Sendable, CaseIterable {
  /// Where the samples lie, if the step does not fit under its cap otherwise.
  case automatic = "auto"
  /// From the arena.
  case copied
  /// Where the samples lie: packed data, or memory of the caller.
  case inPlace = "in-place"
}

extension PatchOption {
  /// The grids to try, those with fewer patches first.
  ///
  /// Sample by sample costs nothing, so that every grid does it.
  var grids: [PatchGrid] {
    switch self {
    case .automatic: (1...4).map { PatchGrid(rows: $0, columns: $0) }
    case .none: []
    case .fixed(let grid, _): [grid]
    }
  }

  /// Most layers of one stage, unless more are asked for: halos, which are computed twice, grow with every layer.
  private static let mostLayers = 64

  /// Whether to look at a stage of so many layers: of a large step at powers of two.
  func allows(layers: Int, isLarge: Bool) -> Bool {
    if case .fixed(_, let wanted?) = self { return wanted == layers }
    return layers <= Self.mostLayers && (!isLarge || layers & (layers - 1) == 0)
  }
}
