import ONNX
import Report

/// Plans a model's training step for ever smaller caps.
///
/// - Parameter found: is told of each point when it is known; false stops the search.
/// - Throws: as `compile`, but for the cap.
public func frontier(
  _ model: ONNXModel, _ options: CompileOptions, found: (Frontier.Point) -> Bool
) throws -> Frontier {
  try options.validate()
  var points: [Frontier.Point] = []
  _ = try plan({ options in try Network(model, options) }, options) { whole, plan in
    var planned = try plan(whole)
    let search = VariantSearch(whole, options, plan)
    points = [planned.point]
    guard found(planned.point) else { return planned }
    while let next = try search.cheapest(under: planned.arena.arenaBytes * 99 / 100),
      next.arena.arenaBytes < planned.arena.arenaBytes
    {
      planned = next
      points.append(next.point)
      guard found(next.point) else { break }
    }
    return planned
  }
  return Frontier(points)
}

extension Planned {
  fileprivate var point: Frontier.Point {
    Frontier.Point(
      arenaBytes: arena.arenaBytes, stepMacs: variant.macs, patches: variant.stages, readsInPlace: variant.readsInPlace,
      recomputation: variant.recomputation, codecs: variant.codecs)
  }
}
