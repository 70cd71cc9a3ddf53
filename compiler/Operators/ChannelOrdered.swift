import IR

/// An axis of an operand or of the result.
public struct TensorAxis: Hashable, Sendable {
  /// Nil is the result.
  public let operand: Int?
  public let axis: Int

  public init(_ operand: Int?, _ axis: Int) {
    self.operand = operand
    self.axis = axis
  }
}

/// An operator that commutes with a permutation of channels.
///
/// Where one permutation is applied to all axes of a group, the result is the same numbers permuted, bit for bit
/// but for the order of sums over channels.
public protocol ChannelOrdered: Operator {
  /// Groups of axes that have one order; an axis of channels in none of them must stay as it is.
  func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]]
}

/// Each channel of the result comes out of the same channel of the operands alone.
public protocol ChannelWise: ChannelOrdered {}

extension ChannelWise {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] {
    guard let channels = output.shape.last, output.rank > 1 else { return [] }
    let operands = inputs.indices.compactMap { index -> TensorAxis? in
      // Parameters of channels stand in their last axis, or in the first of their pairs.
      inputs[index].shape.last == channels
        ? TensorAxis(index, inputs[index].rank - 1)
        : inputs[index].shape == [channels, 2] ? TensorAxis(index, 0) : nil
    }
    return [operands + [TensorAxis(nil, output.rank - 1)]]
  }
}

extension ChannelAffine: ChannelWise {}
extension BatchNorm: ChannelWise {}
extension BatchNormInference: ChannelWise {}
extension FixedBatchNorm: ChannelWise {}
extension Add: ChannelWise {}
extension Sub: ChannelWise {}
extension Mul: ChannelWise {}
extension Quantize: ChannelWise {}
extension Dequantize: ChannelWise {}
extension Requantize: ChannelWise {}
extension QuantizedAdd: ChannelWise {}
extension MaxPool: ChannelWise {}
extension AveragePool: ChannelWise {}
extension QuantizedMaxPool: ChannelWise {}
extension QuantizedPool: ChannelWise {}

extension Reduce: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] {
    let last = inputs[0].rank - 1
    guard !axes.contains(last), output.shape.last == inputs[0].shape[last] else { return [] }
    return [[TensorAxis(0, last), TensorAxis(nil, output.rank - 1)]]
  }
}

extension Reshape: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] {
    guard let channels = inputs[0].shape.last, channels == output.shape.last else { return [] }
    return [[TensorAxis(0, inputs[0].rank - 1), TensorAxis(nil, output.rank - 1)]]
  }
}

/// Bias and multipliers, which have a row for each output.
private func parameters(_ inputs: [TensorType], rows: Int) -> [TensorAxis] {
  inputs.indices.dropFirst(2).filter { inputs[$0].shape.first == rows && inputs[$0].rank < 3 }.map { TensorAxis($0, 0) }
}

/// Weights `[O,KH,KW,I]`: one order for what is read, another for what is written.
private func convolved(_ groups: Int, _ inputs: [TensorType]) -> [[TensorAxis]] {
  guard groups == 1 else { return [] }
  return [
    [TensorAxis(0, 3), TensorAxis(1, 3)],
    [TensorAxis(1, 0), TensorAxis(nil, 3)] + parameters(inputs, rows: inputs[1].shape[0]),
  ]
}

extension Conv: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] { convolved(groups, inputs) }
}

extension QuantizedConv: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] { convolved(groups, inputs) }
}

/// Weights `[1,KH,KW,C]` with one output for each channel.
private func filtered(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] {
  let channels = inputs[0].shape[3]
  guard output.shape[3] == channels else { return [] }
  return [[TensorAxis(0, 3), TensorAxis(1, 3), TensorAxis(nil, 3)] + parameters(inputs, rows: channels)]
}

extension DepthwiseConv: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] { filtered(inputs, output) }
}

extension QuantizedDepthwise: ChannelOrdered {
  public func orderedAxes(_ inputs: [TensorType], _ output: TensorType) -> [[TensorAxis]] { filtered(inputs, output) }
}
