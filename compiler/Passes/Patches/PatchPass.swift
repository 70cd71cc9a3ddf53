import IR
import Operators

extension TrainingGraph {
  /// The step with blocks computed in patches, and their cut in it; nil where they are too small.
  ///
  /// - Parameter readsInPlace: the blocks read samples where they lie, which then are not in the arena.
  public func patched(
    _ blocks: PatchableBlocks, _ grid: PatchGrid, readsInPlace: Bool = false
  ) throws(ShapeError) -> (step: TrainingGraph, cut: ValueID)? {
    guard var rewriter = try graph.patching(blocks, grid, readsInPlace) else { return nil }
    return (mapped(&rewriter), rewriter[blocks.cut])
  }
}

extension Graph {
  /// The graph with blocks computed in patches, and their cut in it; nil where they are too small.
  public func patched(
    _ blocks: PatchableBlocks, _ grid: PatchGrid, readsInPlace: Bool = false
  ) throws(ShapeError) -> (graph: Graph, cut: ValueID)? {
    guard var rewriter = try patching(blocks, grid, readsInPlace) else { return nil }
    return (rewriter.finish(), rewriter[blocks.cut])
  }

  fileprivate func patching(
    _ blocks: PatchableBlocks, _ grid: PatchGrid, _ readsInPlace: Bool
  ) throws(ShapeError) -> Rewriter? {
    guard let boxes = grid.boxes(of: type(blocks.cut).shape) else { return nil }
    let patches = boxes.compactMap { Patch(blocks, $0, in: self) }
    guard patches.count == boxes.count else { return nil }
    var rewriter = Rewriter(self)
    let inside = Set(blocks.operations)
    for id in ids {
      if id == blocks.start, readsInPlace {
        rewriter[id] = rewriter.graph.input(self[id].name, SampleCrop.references(batch: type(id).shape[0]))
      } else if id == blocks.cut {
        rewriter[id] = try assemble(zip(boxes, patches), blocks.cut, &rewriter)
      } else if !inside.contains(id) {
        try rewriter.copy(id)
      }
    }
    return rewriter
  }

  /// Computes patch after patch and puts them together.
  private func assemble(
    _ patches: Zip2Sequence<[PatchBox], [Patch]>, _ cut: ValueID, _ rewriter: inout Rewriter
  ) throws(ShapeError) -> ValueID {
    var picture: ValueID?
    for (box, patch) in patches {
      let part = try patch.compute(&rewriter)
      let paste = Paste(box, into: type(cut).shape, isFirst: picture == nil)
      picture = try rewriter.graph.append(paste, (picture.map { [$0] } ?? []) + [part], name: self[cut].name)
    }
    return picture!
  }
}

extension Graph {
  /// Multiplications that halos add when blocks are computed in patches, without doing so; nil where they are too
  /// small.
  public func extraMacs(_ blocks: PatchableBlocks, _ grid: PatchGrid) -> Int? {
    let shape = type(blocks.cut).shape
    guard let boxes = grid.boxes(of: shape) else { return nil }
    // Every sample costs the same.
    let samples = grid.splitsBatch ? shape[0] : 1
    let patches = boxes.prefix(boxes.count / samples).map { Patch(blocks, $0, in: self)?.macs }
    guard patches.allSatisfy({ $0 != nil }) else { return nil }
    let whole = blocks.operations.reduce(0) { $0 + macs(node($1)!) }
    return samples * patches.reduce(0) { $0 + $1! } - whole
  }
}

/// A patch of the cut, with the patch and halo of each value before it that it is computed from.
private struct Patch {
  private let graph: Graph
  private let blocks: PatchableBlocks
  private var needed: [ValueID: PatchBox] = [:]
  private var pads: [ValueID: [Int]] = [:]

  /// Nil where a layer would read nothing but padding.
  init?(_ blocks: PatchableBlocks, _ box: PatchBox, in graph: Graph) {
    self.graph = graph
    self.blocks = blocks
    needed[blocks.cut] = box
    for id in blocks.operations.reversed() {
      guard let node = graph.node(id), let own = needed[id] else { return nil }
      for operand in pictures(node) {
        guard let (wanted, pads) = read(node, own, graph.type(operand).shape) else { return nil }
        needed[operand] = needed[operand].map { $0.joined(wanted) } ?? wanted
        if let pads { self.pads[id] = pads }
      }
    }
  }

  /// Multiplications; those of a layer are shared evenly by the pixels of its result.
  var macs: Int {
    blocks.operations.reduce(0) { sum, id in
      let shape = graph.type(id).shape
      return sum + graph.macs(graph.node(id)!) / (shape[0] * shape[1] * shape[2]) * needed[id]!.pixels
    }
  }

  /// Whatever else is read belongs to the layer.
  private func pictures(_ node: Node) -> [ValueID] {
    node.inputs.filter { $0 == blocks.start || graph.node($0) != nil && graph.type($0).rank == 4 }
  }

  /// The patch of an operand, halo included, that a patch of the output is computed from, and the padding around it.
  private func read(_ node: Node, _ box: PatchBox, _ shape: [Int]) -> (PatchBox, [Int]?)? {
    guard let op = node.op as? any PatchableOperator, let kind = op.neighbourhood(node.inputs.map(graph.type)) else {
      return nil
    }
    guard case .window(let kernel, let s) = kind else { return (box, nil) }
    guard
      let rows = box.rows.read(
        kernel: kernel[0], stride: s.strides[0], pad: s.pads[0], dilation: s.dilations[0], size: shape[1]),
      let columns = box.columns.read(
        kernel: kernel[1], stride: s.strides[1], pad: s.pads[1], dilation: s.dilations[1], size: shape[2])
    else { return nil }
    let pads = [rows.before, columns.before, rows.after, columns.after]
    return (PatchBox(samples: box.samples, rows: rows.range, columns: columns.range), pads)
  }

  /// Appends what computes the patch of the cut.
  func compute(_ rewriter: inout Rewriter) throws(ShapeError) -> ValueID {
    var parts: [ValueID: ValueID] = [:]
    parts[blocks.start] = try rewriter.graph.samples(
      rewriter[blocks.start], needed[blocks.start]!, of: graph.type(blocks.start))
    for id in blocks.operations {
      let node = graph.node(id)!
      var operands: [ValueID] = []
      for operand in node.inputs {
        guard let part = parts[operand], let have = needed[operand] else {
          operands.append(rewriter[operand])
          continue
        }
        let wanted = read(node, needed[id]!, graph.type(operand).shape)!.0
        operands.append(try rewriter.graph.cropped(part, wanted, of: have))
      }
      let op = pads[id].map { (node.op as! any PatchableOperator).padded($0) } ?? node.op
      parts[id] = try rewriter.graph.append(op, operands, as: graph[id])
    }
    return parts[blocks.cut]!
  }
}

extension Graph {
  /// A patch of the samples, or of those that the input refers to.
  fileprivate mutating func samples(
    _ input: ValueID, _ box: PatchBox, of type: TensorType
  ) throws(ShapeError) -> ValueID {
    guard self.type(input) != type else { return try cropped(input, box, of: .whole(type.shape)) }
    return try append(SampleCrop(box, of: type.shape, quantization: type.quantization), input)
  }

  /// A patch of a value that is a larger patch.
  fileprivate mutating func cropped(_ part: ValueID, _ wanted: PatchBox, of have: PatchBox) throws(ShapeError)
    -> ValueID
  {
    wanted == have ? part : try append(Crop(wanted.relative(to: have)), part)
  }
}

extension PatchBox {
  fileprivate static func whole(_ shape: [Int]) -> PatchBox {
    PatchBox(samples: 0..<shape[0], rows: 0..<shape[1], columns: 0..<shape[2])
  }

  fileprivate var pixels: Int { samples.count * rows.count * columns.count }

  fileprivate func joined(_ other: PatchBox) -> PatchBox {
    PatchBox(
      samples: samples.joined(other.samples), rows: rows.joined(other.rows), columns: columns.joined(other.columns))
  }

  fileprivate func relative(to other: PatchBox) -> PatchBox {
    func moved(_ range: Range<Int>, _ start: Int) -> Range<Int> { range.lowerBound - start..<range.upperBound - start }
    return PatchBox(
      samples: moved(samples, other.samples.lowerBound), rows: moved(rows, other.rows.lowerBound),
      columns: moved(columns, other.columns.lowerBound))
  }
}
