import IR

/// Receptive field of one layer: which pixels of its pictures an operator needs for a pixel of its output.
public enum Neighbourhood: Hashable, Sendable {
  /// The same pixel of each operand that has as many pixels; other operands as a whole.
  case pixel
  /// Those under a window that slides over the first operand; kernel [height, width].
  case window(kernel: [Int], Sliding)
}

/// An operator that can compute a part of its output from a part of its input, with the same bits (Lin et al.,
/// MCUNetV2: Memory-Efficient Patch-based Inference for Tiny Deep Learning).
public protocol PatchableOperator: Operator {
  /// Nil where these operands do not allow it.
  func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood?
  /// The operator for a part of the picture: padding [top, left, bottom, right] where the part ends with the picture.
  func padded(_ pads: [Int]) -> any Operator
}

/// An operator whose output pixels need the same pixel only.
public protocol PixelOperator: PatchableOperator {}

extension PixelOperator {
  public func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood? {
    let pictures = inputs.filter { $0.rank == 4 }
    return pictures.allSatisfy { $0.shape[..<3] == inputs[0].shape[..<3] } && inputs[0].rank == 4 ? .pixel : nil
  }

  public func padded(_ pads: [Int]) -> any Operator { self }
}

extension Quantize: PixelOperator {}
extension QuantizedAdd: PixelOperator {}
extension Requantize: PixelOperator {}
extension ChannelAffine: PixelOperator {}
extension FixedBatchNorm: PixelOperator {}
extension Add: PixelOperator {}
extension Sub: PixelOperator {}
extension Mul: PixelOperator {}

extension Concat: PixelOperator {
  /// Channels side by side.
  public func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood? {
    axis == 3 && inputs.allSatisfy { $0.rank == 4 } ? .pixel : nil
  }
}

extension QuantizedConcat: PixelOperator {
  public func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood? { concat.neighbourhood(inputs) }
}

/// An operator whose window slides over its first operand.
protocol WindowOperator: PatchableOperator {
  var sliding: Sliding { get set }
  func kernel(_ inputs: [TensorType]) -> [Int]
}

extension WindowOperator {
  public func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood? { .window(kernel: kernel(inputs), sliding) }

  public func padded(_ pads: [Int]) -> any Operator {
    var result = self
    result.sliding.pads = pads
    return result
  }
}

/// Weights OHWI, or 1HWC.
protocol ConvolutionOperator: WindowOperator {}

extension ConvolutionOperator {
  func kernel(_ inputs: [TensorType]) -> [Int] { Array(inputs[1].shape[1...2]) }
}

extension Conv: ConvolutionOperator {}
extension DepthwiseConv: ConvolutionOperator {}
extension QuantizedConv: ConvolutionOperator {}
extension QuantizedDepthwise: ConvolutionOperator {
  /// A patch is larger before than behind.
  public func padded(_ pads: [Int]) -> any Operator {
    var result = self
    result.sliding.pads = pads
    result.isInPlace = false
    return result
  }
}

/// A window of the picture for each channel by itself.
protocol PoolingOperator: WindowOperator {
  var pooling: Pooling { get set }
}

extension PoolingOperator {
  var sliding: Sliding {
    get { pooling.sliding }
    set { pooling.sliding = newValue }
  }

  func kernel(_ inputs: [TensorType]) -> [Int] { pooling.kernel }
}

extension MaxPool: PoolingOperator {}
extension QuantizedMaxPool: PoolingOperator {}
extension QuantizedPool: PoolingOperator {}

extension AveragePool: PoolingOperator {
  /// Padding that only makes a last window fit belongs to the whole picture.
  public func neighbourhood(_ inputs: [TensorType]) -> Neighbourhood? {
    ceilPads == [0, 0] ? .window(kernel: pooling.kernel, pooling.sliding) : nil
  }
}
