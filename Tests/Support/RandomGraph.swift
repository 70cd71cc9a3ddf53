import IR
import Operators

/// A graph of random samples of the registry; operands are earlier values of the same type where there are any.
///
/// Names hold everything that a text form has to spell with care.
public func randomGraph(nodes: Int, seed: UInt64) throws -> Graph {
  var generator = SeededGenerator(seed: seed)
  let samples = registry.keys.sorted().flatMap { registry[$0]!.samples }
  var graph = Graph()
  for _ in 0..<nodes {
    let sample = samples.randomElement(using: &generator)!
    let operands = sample.inputs.map { type in
      let known = graph.ids.filter { graph.type($0) == type }
      if let value = known.randomElement(using: &generator), Bool.random(using: &generator) { return value }
      let name = "\(awkwardNames.randomElement(using: &generator)!)\(graph.values.count)"
      let constant = Constant(type, bytes: randomBytes(type, in: sample.range, &generator))
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: return graph.input(name, type)
      case 1: return graph.constant(name, constant)
      default: return graph.variable(name, constant)
      }
    }
    let name = Bool.random(using: &generator) ? "" : awkwardNames.randomElement(using: &generator)!
    let value = try graph.append(sample.op, operands, name: name)
    if Int.random(in: 0..<4, using: &generator) == 0 {
      graph.outputs.append((awkwardNames.randomElement(using: &generator)!, value))
    }
  }
  return graph
}

/// Among them a quote and a backslash with a combining accent, which `Character` takes for one.
private let awkwardNames = [
  "", "x", "features.0/conv.weight", "a b", "%1 = relu(%0)", "\"", "\\", "\\n", "a\nb", "a\r\nb", "\"\u{301}",
  "\\\u{301}", "ß→日本", "{x=1}", "\u{0}", "\t",
]
