/// A patch of the batch's samples, read in place in the data. Operands: patch (f32 or i8), references to the samples.
public struct SampleCropParameters: KernelParameters {
  public var box: CropParameters
  /// Of int8 samples.
  public var scale: Float
  public var zeroPoint: Int32

  public init(_ box: CropParameters, scale: Float, zeroPoint: Int) {
    self.box = box
    self.scale = scale
    self.zeroPoint = Int32(zeroPoint)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard let box = box.extent(of: 0), self.box.extent(of: 1) != nil, scale > 0, -128 <= zeroPoint, zeroPoint <= 127,
      self.box.batch <= Int32.max / 64
    else { return nil }
    return switch index {
    case 0: box
    case 1: SampleReferences.bytes(batch: Int(self.box.batch))
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType { index == 0 ? box.type(of: 0) : .element(.u8) }
  public func writes(_ index: Int) -> Bool { index == 0 }
}

/// Writes a patch of each sample in the network's layout.
func sampleCrop(_ call: Call, _ context: StepContext) {
  let p = call.parameters(SampleCropParameters.self)
  let samples = unsafe SampleReferences(context.sampleMemory, call.elements(1))
  let output =
    p.box.isInteger == 1
    ? SampleBuffer(call.elements(0), Quantizer(scale: p.scale, zeroPoint: p.zeroPoint))
    : SampleBuffer(call.elements(0, Float.self))
  let (rows, columns) = (
    Int(p.box.top)..<Int(p.box.top &+ p.box.rows), Int(p.box.left)..<Int(p.box.left &+ p.box.columns)
  )
  let (channels, height, width) = (Int(p.box.channels), Int(p.box.height), Int(p.box.width))
  for sample in 0..<Int(p.box.samples) {
    samples.copy(
      Int(p.box.firstSample) &+ sample, rows, columns, channels: channels, height: height, width: width,
      to: output.from(sample &* rows.count &* columns.count &* channels))
  }
}
