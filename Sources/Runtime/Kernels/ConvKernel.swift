/// Operands: y, x, weights, bias where there is one, region weights where there are any, scratch.
public struct ConvParameters: KernelParameters {
  public var shape: ConvShape
  public var hasBias: Int32

  public init(shape: ConvShape, hasBias: Bool) {
    self.shape = shape
    self.hasBias = hasBias ? 1 : 0
  }

  var regionOperand: Int { hasBias == 0 ? 3 : 4 }
  var scratchOperand: Int { regionOperand &+ (shape.hasRegion ? 1 : 0) }

  public var operandCount: Int { scratchOperand &+ (shape.isDirect ? 0 : 1) }

  public func extent(of index: Int) -> Int? {
    guard hasBias == 0 || hasBias == 1 else { return nil }
    switch index {
    case 0: return shape.outputExtent
    case 1: return shape.inputExtent
    case 2: return shape.weightExtent
    case 3 where hasBias == 1: return (Extent() * shape.outputs).value
    case regionOperand where shape.hasRegion: return shape.regionExtent
    case scratchOperand: return shape.scratchExtent
    default: return nil
    }
  }

  public func type(of index: Int) -> OperandType { index == scratchOperand ? .element(.u8) : .scalar }
}

/// Operands: dx, dy, weights, region weights where there are any, scratch.
public struct ConvGradInputParameters: KernelParameters {
  public var shape: ConvShape

  public init(shape: ConvShape) { self.shape = shape }

  var scratchOperand: Int { shape.hasRegion ? 4 : 3 }

  public var operandCount: Int { scratchOperand &+ (shape.isDirect ? 0 : 1) }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: shape.inputExtent
    case 1: shape.outputExtent
    case 2: shape.weightExtent
    case 3 where shape.hasRegion: shape.regionExtent
    case scratchOperand: shape.scratchExtent
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType { index == scratchOperand ? .element(.u8) : .scalar }
}

/// Operands: dw, x, dy, scratch.
public struct ConvGradWeightParameters: KernelParameters {
  public var shape: ConvShape

  public init(shape: ConvShape) { self.shape = shape }

  public var operandCount: Int { shape.isDirect ? 3 : 4 }

  public func extent(of index: Int) -> Int? {
    guard !shape.hasRegion else { return nil }
    return switch index {
    case 0: shape.gradientExtent
    case 1: shape.inputExtent
    case 2: shape.outputExtent
    case 3: shape.scratchExtent
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType { index == 3 ? .element(.u8) : .scalar }
}

/// Convolution as im2col and a matrix product, y = im2col(x) · wᵀ + bias, one tile of output pixels at a time: only a
/// tile of the im2col matrix is ever in scratch.
func conv<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ConvParameters.self)
  let shape = p.shape
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let w = call.elements(2, S.self)
  let region: Elements<S>? = shape.isSplit ? call.elements(p.regionOperand) : nil
  let outputs = Int(shape.outputs)
  let bias: Elements<S>? = p.hasBias == 1 ? call.elements(3) : nil
  func multiply(_ a: Elements<S>, _ lda: Int, _ first: Int, _ pixels: Int, group: Int) {
    shape.forRuns(w, region, group: group) { row, rows, column, count, weights, ldb in
      let output = group &* shape.groupOutputs &+ row
      let c = Matrix(y.from(first &* outputs &+ output), outputs)
      let start = column == 0 ? bias.map { Matrix($0.from(output), 0) } : c
      let size = GEMMShape(m: pixels, n: rows, k: count, transposeB: true)
      S.gemm(size, Matrix(a.from(column), lda), Matrix(weights, ldb), start: start, c)
    }
  }
  if !shape.usesIm2col { return multiply(x, Int(shape.inputs), 0, shape.window.outputPixels, group: 0) }
  let tile = call.scratch(p.scratchOperand, S.self)
  for group in 0..<Int(shape.groups) {
    shape.forTiles(tile.count) { first, pixels in
      shape.im2col(x, into: tile, first, pixels, group: group)
      multiply(tile, shape.columns, first, pixels, group: group)
    }
  }
}

/// Input gradient: dx = col2im(dy · w).
func convGradInput<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ConvGradInputParameters.self)
  let shape = p.shape
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let w = call.elements(2, S.self)
  let region: Elements<S>? = shape.isSplit ? call.elements(3) : nil
  let outputs = Int(shape.outputs)
  func multiply(_ first: Int, _ pixels: Int, group: Int, into c: Elements<S>, _ ldc: Int) {
    let a = dy.from(first &* outputs &+ group &* shape.groupOutputs)
    shape.forRuns(w, region, group: group) { row, rows, column, count, weights, ldb in
      let size = GEMMShape(m: pixels, n: count, k: rows)
      let part = Matrix(c.from(column), ldc)
      S.gemm(size, Matrix(a.from(row), outputs), Matrix(weights, ldb), start: row == 0 ? nil : part, part)
    }
  }
  if !shape.usesIm2col { return multiply(0, shape.window.outputPixels, group: 0, into: dx, Int(shape.inputs)) }
  let tile = call.scratch(p.scratchOperand, S.self)
  dx.first(shape.window.inputPixels &* Int(shape.inputs)).fill(0)
  for group in 0..<Int(shape.groups) {
    shape.forTiles(tile.count) { first, pixels in
      multiply(first, pixels, group: group, into: tile, shape.columns)
      shape.fold(tile, into: dx, first, pixels, group: group)
    }
  }
}

/// Weight gradient: dw = dyᵀ · im2col(x).
func convGradWeight<S: KernelScalar>(_ call: Call, _: S.Type) {
  let shape = call.parameters(ConvGradWeightParameters.self).shape
  let dw = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let dy = call.elements(2, S.self)
  let outputs = Int(shape.outputs)
  let columns = shape.columns
  func multiply(_ b: Elements<S>, _ ldb: Int, _ first: Int, _ pixels: Int, group: Int) {
    let rows = shape.groups == 1 ? shape.rows.count : shape.groupOutputs
    let size = GEMMShape(m: rows, n: columns, k: pixels, transposeA: true)
    let a = Matrix(dy.from(first &* outputs &+ Int(shape.rowStart) &+ group &* shape.groupOutputs), outputs)
    let c = Matrix(dw.from(group &* shape.groupOutputs &* columns), columns)
    S.gemm(size, a, Matrix(b, ldb), start: first > 0 ? c : nil, c)
  }
  if !shape.usesIm2col { return multiply(x, Int(shape.inputs), 0, shape.window.outputPixels, group: 0) }
  let tile = call.scratch(3, S.self)
  for group in 0..<Int(shape.groups) {
    shape.forTiles(tile.count) { first, pixels in
      shape.im2col(x, into: tile, first, pixels, group: group)
      multiply(tile, columns, first, pixels, group: group)
    }
  }
}
