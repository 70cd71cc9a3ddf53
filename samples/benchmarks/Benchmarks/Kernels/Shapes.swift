/// A pointwise convolution: pixels x inputs to pixels x outputs.
struct Pointwise {
  var pixels: Int
  var inputs: Int
  var outputs: Int
}

/// A depthwise convolution of one square picture, padded to keep its size at stride 1.
struct Depthwise {
  var side: Int
  var channels: Int
  var kernel: Int
  var stride: Int
}

/// The layers of MobileNetV2 at 96 x 96, without repetitions, and two larger products.
let pointwise = [
  Pointwise(pixels: 2304, inputs: 32, outputs: 16), Pointwise(pixels: 2304, inputs: 16, outputs: 96),
  Pointwise(pixels: 576, inputs: 96, outputs: 24), Pointwise(pixels: 576, inputs: 24, outputs: 144),
  Pointwise(pixels: 144, inputs: 192, outputs: 32), Pointwise(pixels: 36, inputs: 64, outputs: 384),
  Pointwise(pixels: 36, inputs: 384, outputs: 64), Pointwise(pixels: 36, inputs: 576, outputs: 96),
  Pointwise(pixels: 9, inputs: 160, outputs: 960), Pointwise(pixels: 9, inputs: 960, outputs: 160),
  Pointwise(pixels: 9, inputs: 320, outputs: 1280), Pointwise(pixels: 1, inputs: 1280, outputs: 1000),
  Pointwise(pixels: 384, inputs: 384, outputs: 384), Pointwise(pixels: 512, inputs: 512, outputs: 512),
]

let depthwise = [
  Depthwise(side: 48, channels: 32, kernel: 3, stride: 1), Depthwise(side: 48, channels: 96, kernel: 3, stride: 2),
  Depthwise(side: 24, channels: 144, kernel: 3, stride: 1), Depthwise(side: 12, channels: 192, kernel: 3, stride: 1),
  Depthwise(side: 6, channels: 384, kernel: 3, stride: 1), Depthwise(side: 3, channels: 960, kernel: 3, stride: 1),
  Depthwise(side: 24, channels: 144, kernel: 5, stride: 1), Depthwise(side: 12, channels: 240, kernel: 5, stride: 2),
]

/// Forward, gradient of the input, gradient of the weights.
enum Pass: String, CaseIterable {
  case forward, dX, dW
}
