import CKernels

extension Float {
  public static func runFast(_ opcode: OpCode, _ call: Call) -> Bool {
    switch opcode {
    case .depthwiseConv: isBuilt(.depthwiseConv) && fastDepthwise(call)
    case .depthwiseGradInput: isBuilt(.depthwiseGradInput) && fastDepthwiseGradInput(call)
    case .depthwiseGradWeight: isBuilt(.depthwiseGradWeight) && fastDepthwiseGradWeight(call)
    case .bitMask: isBuilt(.bitMask) && fastBitMask(call)
    case .maskGrad: isBuilt(.maskGrad) && fastMaskGrad(call)
    default: false
    }
  }
}

private func fastDepthwise(_ call: Call) -> Bool {
  let p = call.parameters(DepthwiseConvParameters.self)
  guard p.shape.isPlain, let kernel = unsafe ck_kernels().pointee.depthwise else { return false }
  var window = ck_window(p.shape.window)
  let bias: Elements<Float>? = p.hasBias == 1 ? call.elements(3) : nil
  unsafe kernel(
    &window, p.shape.channels, call.elements(1, Float.self).pointer, call.elements(2, Float.self).pointer,
    bias?.pointer,
    call.elements(0, Float.self).pointer)
  return true
}

private func fastDepthwiseGradInput(_ call: Call) -> Bool {
  let shape = call.parameters(DepthwiseGradInputParameters.self).shape
  guard shape.isPlain, let kernel = unsafe ck_kernels().pointee.depthwise_dx else { return false }
  var window = ck_window(shape.window)
  unsafe kernel(
    &window, shape.channels, call.elements(1, Float.self).pointer, call.elements(2, Float.self).pointer,
    call.elements(0, Float.self).pointer)
  return true
}

private func fastDepthwiseGradWeight(_ call: Call) -> Bool {
  let shape = call.parameters(DepthwiseGradWeightParameters.self).shape
  guard shape.isPlain, let kernel = unsafe ck_kernels().pointee.depthwise_dw else { return false }
  var window = ck_window(shape.window)
  unsafe kernel(
    &window, shape.channels, call.elements(1, Float.self).pointer, call.elements(2, Float.self).pointer,
    call.elements(0, Float.self).pointer)
  return true
}

private func fastBitMask(_ call: Call) -> Bool {
  guard let kernel = unsafe ck_kernels().pointee.mask32 else { return false }
  let p = call.parameters(BitMaskParameters.self)
  unsafe kernel(call.elements(1, Float.self).pointer, p.count, p.low, p.high, call.bits(0).bytes.pointer)
  return true
}

private func fastMaskGrad(_ call: Call) -> Bool {
  guard let kernel = unsafe ck_kernels().pointee.gate32 else { return false }
  let p = call.parameters(MaskGradParameters.self)
  unsafe kernel(
    call.elements(1, Float.self).pointer, call.bits(2).bytes.pointer, p.count, p.slope,
    call.elements(0, Float.self).pointer)
  return true
}

extension DepthwiseShape {
  /// One output for each channel, all weights in one tensor.
  fileprivate var isPlain: Bool { multiplier == 1 && !hasRegion }
}

extension ck_window {
  init(_ w: Window) {
    self.init(
      batch: w.batch, input: (w.inputHeight, w.inputWidth), output: (w.outputHeight, w.outputWidth),
      kernel: (w.kernelHeight, w.kernelWidth), stride: (w.strideHeight, w.strideWidth), pad: (w.padTop, w.padLeft),
      dilation: (w.dilationHeight, w.dilationWidth))
  }
}
