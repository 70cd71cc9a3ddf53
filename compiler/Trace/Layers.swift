import IR
import Operators

// Weights start as PyTorch's do: uniform in ±1/√fan-in, biases too.
extension Tensor {
  /// Convolution with a bias: [N, H, W, C] to [N, H', W', outputs]; tensors `<label>.weight` (OHWI) and `<label>.bias`.
  public func conv(
    _ label: String, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) -> Tensor {
    guard shape.count == 4, groups > 0, kernel > 0 else { return failing(label, "needs a picture [N, H, W, C]") }
    let inputs = shape[3] / groups
    let sliding = Sliding(strides: [stride, stride], pads: Array(repeating: padding, count: 4))
    return layer(
      label, Conv(sliding, groups: groups, hasBias: true), weight: [outputs, kernel, kernel, inputs],
      fanIn: kernel * kernel * inputs, outputs: outputs)
  }

  /// Depthwise convolution with a bias; tensors `<label>.weight` (1HWC) and `<label>.bias`.
  public func depthwiseConv(_ label: String, kernel: Int, stride: Int = 1, padding: Int = 0) -> Tensor {
    guard shape.count == 4, kernel > 0 else { return failing(label, "needs a picture [N, H, W, C]") }
    let sliding = Sliding(strides: [stride, stride], pads: Array(repeating: padding, count: 4))
    return layer(
      label, DepthwiseConv(sliding, hasBias: true), weight: [1, kernel, kernel, shape[3]], fanIn: kernel * kernel,
      outputs: shape[3])
  }

  /// Dense layer with a bias: [N, features] to [N, outputs]; a 1x1 convolution over one pixel.
  public func dense(_ label: String, outputs: Int) -> Tensor {
    guard shape.count == 2 else { return failing(label, "needs features [N, K]") }
    let (batch, features) = (shape[0], shape[1])
    return reshaped([batch, 1, 1, features])
      .layer(label, Conv(hasBias: true), weight: [outputs, 1, 1, features], fanIn: features, outputs: outputs)
      .reshaped([batch, outputs])
  }

  public func maxPool(_ kernel: Int, stride: Int? = nil) -> Tensor {
    applying(MaxPool(Pooling(kernel: [kernel, kernel], Sliding(strides: [stride ?? kernel, stride ?? kernel]))))
  }

  public func averagePool(_ kernel: Int, stride: Int? = nil) -> Tensor {
    applying(AveragePool(Pooling(kernel: [kernel, kernel], Sliding(strides: [stride ?? kernel, stride ?? kernel]))))
  }

  private func layer(_ label: String, _ op: any Operator, weight: [Int], fanIn: Int, outputs: Int) -> Tensor {
    let bound = 1 / Float(max(fanIn, 1)).squareRoot()
    let w = tracer.parameter(label + ".weight", weight, bound: bound)
    let b = tracer.parameter(label + ".bias", [outputs], bound: bound)
    return Tensor(tracer: tracer, id: tracer.append(op, [id, w, b], label: label))
  }
}
