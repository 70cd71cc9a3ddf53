import Benchmark
import CKernels

let benchmarks: @Sendable () -> Void = {
  for shape in pointwise {
    for pass in Pass.allCases { measure(shape, pass) }
  }
  for shape in depthwise {
    for pass in Pass.allCases { measure(shape, pass) }
  }
}

private func measure(_ s: Pointwise, _ pass: Pass) {
  let x = Floats(s.pixels * s.inputs)
  let w = Floats(s.outputs * s.inputs)
  let y = Floats(s.pixels * s.outputs)
  let (pixels, inputs, outputs) = (Int32(s.pixels), Int32(s.inputs), Int32(s.outputs))
  let name = "pointwise \(s.pixels) x \(s.inputs) to \(s.outputs), \(pass.rawValue)"
  measure(name, macs: s.pixels * s.inputs * s.outputs) {
    guard let product = ck_kernels().pointee.sgemm else { return }
    switch pass {
    case .forward:
      product(0, 1, pixels, outputs, inputs, x.base, inputs, w.base, inputs, nil, 0, y.base, outputs)
    case .dX:
      product(0, 0, pixels, inputs, outputs, y.base, outputs, w.base, inputs, nil, 0, x.base, inputs)
    case .dW:
      product(1, 0, outputs, inputs, pixels, y.base, outputs, x.base, inputs, nil, 0, w.base, inputs)
    }
  }
}

private func measure(_ s: Depthwise, _ pass: Pass) {
  let output = (s.side - 1) / s.stride + 1
  let x = Floats(s.side * s.side * s.channels)
  let w = Floats(s.kernel * s.kernel * s.channels)
  let y = Floats(output * output * s.channels)
  let (side, size, taps, step) = (Int32(s.side), Int32(output), Int32(s.kernel), Int32(s.stride))
  let window = ck_window(
    batch: 1, input: (side, side), output: (size, size), kernel: (taps, taps), stride: (step, step),
    pad: (taps / 2, taps / 2), dilation: (1, 1))
  let channels = Int32(s.channels)
  let name = "depthwise \(s.kernel)x\(s.kernel)/\(s.stride) \(s.side)² x \(s.channels), \(pass.rawValue)"
  measure(name, macs: output * output * s.channels * s.kernel * s.kernel) {
    var window = window
    let kernels = ck_kernels().pointee
    switch pass {
    case .forward: kernels.depthwise?(&window, channels, x.base, w.base, nil, y.base)
    case .dX: kernels.depthwise_dx?(&window, channels, y.base, w.base, x.base)
    case .dW: kernels.depthwise_dw?(&window, channels, x.base, y.base, w.base)
    }
  }
}
