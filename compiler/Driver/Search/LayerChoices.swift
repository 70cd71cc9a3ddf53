import IR
import Operators
import Select

/// A layer before the head, and the ways to train it that a search chooses from.
public struct LayerChoices: Sendable {
  /// Name of the weight.
  public let name: String
  /// Channels that a region is a part of; 0 where there are no regions.
  public let channels: Int
  /// Entries of a policy; the first freezes the layer.
  public private(set) var entries: [UpdatePolicy.Entry]
}

extension LayerChoices {
  /// Shares of the channels that regions have (Lin et al., On-Device Training Under 256KB Memory).
  static let ratios = [0.125, 0.25, 0.5]

  init(_ layer: Layer, in graph: Graph) {
    let name = graph[layer.weight].name
    let match = escapeGlob(name)
    let takesRegions = layer.kind == .weighted && graph.node(layer.node)?.op is any RegionTrainable
    let channels = takesRegions ? graph.type(layer.weight).shape.last! : 0
    var entries = [UpdatePolicy.Entry(match: match, train: .frozen)]
    if layer.bias != nil { entries.append(.init(match: match, train: .bias)) }
    var before = 0
    for ratio in LayerChoices.ratios {
      let width = UpdatePolicy.Entry.channels(ratio, of: channels)
      guard before < width, width < channels else { continue }
      before = width
      entries.append(.init(match: match, train: .region, ratio: ratio))
    }
    entries.append(.init(match: match, train: .full))
    self.init(name: name, channels: channels, entries: entries)
  }

  /// Channels whose weights a region trains; nil for other choices.
  public func region(_ choice: Int) -> [Int]? {
    let entry = entries[choice]
    guard entry.train == .region else { return nil }
    return entry.channels ?? Array(0..<UpdatePolicy.Entry.channels(entry.ratio ?? 1, of: channels))
  }

  /// Makes regions the first channels of an order.
  mutating func take(_ order: [Int]) {
    for choice in entries.indices {
      guard let region = region(choice) else { continue }
      entries[choice].ratio = nil
      entries[choice].channels = order.prefix(region.count).sorted()
    }
  }
}
