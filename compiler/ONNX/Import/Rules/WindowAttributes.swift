import IR
import Operators

/// How the window of a convolution or pooling slides, as its ONNX attributes say.
struct WindowAttributes {
  /// Height and width, also of what slides along one axis.
  var kernel: [Int]
  var sliding: Sliding
  /// The part of the padding at the bottom and at the right that only makes a last window fit.
  var ceilPads = [0, 0]

  /// - Parameters:
  ///   - kernel: sizes of the window along the spatial axes.
  ///   - input: sizes of the picture along the same axes, without padding.
  init(_ node: OperatorNode, kernel: [Int], input: [Int], roundsUp: Bool = false) throws(NodeFault) {
    let rank = kernel.count
    let limit = 1...(1 << 14)
    let strides = try node.ints("strides", count: rank, in: limit, default: 1)
    let dilations = try node.ints("dilations", count: rank, in: limit, default: 1)
    var pads = try node.ints("pads", count: 2 * rank, in: 0...(1 << 14), default: 0)
    guard kernel.allSatisfy(limit.contains) else { throw .attribute(name: "kernel_shape", value: "\(kernel)") }
    let reach = (0..<rank).map { dilations[$0] * (kernel[$0] - 1) + 1 }
    let auto = try node.string("auto_pad", default: "NOTSET")
    switch auto {
    case "NOTSET", "": break
    case "VALID": pads = Array(repeating: 0, count: 2 * rank)
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<rank {
        let outputs = (input[axis] + strides[axis] - 1) / strides[axis]
        let total = max(0, (outputs - 1) * strides[axis] + reach[axis] - input[axis])
        let begin = auto == "SAME_UPPER" ? total / 2 : total - total / 2
        (pads[axis], pads[axis + rank]) = (begin, total - begin)
      }
    default: throw .attribute(name: "auto_pad", value: auto)
    }
    var extra = [Int](repeating: 0, count: rank)
    if roundsUp {
      for axis in 0..<rank {
        extra[axis] = Self.missing(
          input: input[axis], pads: (pads[axis], pads[axis + rank]), reach: reach[axis], stride: strides[axis])
        pads[axis + rank] += extra[axis]
      }
    }
    // What slides along one axis slides over a picture of height 1.
    let front = Array(repeating: 1, count: 2 - rank)
    let none = Array(repeating: 0, count: 2 - rank)
    self.kernel = front + kernel
    sliding = Sliding(
      strides: front + strides, pads: none + pads[..<rank] + none + pads[rank...], dilations: front + dilations)
    ceilPads = none + extra
  }

  /// Padding that a last window beyond the picture needs; a window that would start behind the picture is left out.
  private static func missing(input: Int, pads: (Int, Int), reach: Int, stride: Int) -> Int {
    let room = input + pads.0 + pads.1 - reach
    guard room >= 0 else { return 0 }
    let last = (room + stride - 1) / stride * stride
    return last >= input + pads.0 ? 0 : max(0, last - room)
  }
}

extension Builder {
  /// The operand as a picture [N, H, W, C], a row [N, C, L] as one of height 1.
  mutating func picture(_ node: OperatorNode, _ index: Int) throws(NodeFault) -> Activation {
    let tensor = try node.input(index)
    guard tensor.shape.count == 3 || tensor.shape.count == 4 else { throw .shapes([tensor.shape]) }
    return try value(tensor, of: node, index, order: View.channelsLast(rank: tensor.shape.count))
  }

  /// The ONNX tensor that a picture [N, H, W, C] is.
  func result(_ picture: ValueID, rank: Int) -> ModelTensor {
    let shape = graph.type(picture).shape
    let logical = rank == 3 ? [shape[0], shape[3], shape[2]] : [shape[0], shape[3], shape[1], shape[2]]
    return .value(Activation(id: picture, view: View(logical, order: View.channelsLast(rank: rank))))
  }
}

extension Activation {
  /// Sizes of a picture along its spatial axes.
  var spatial: [Int] { Array(view.shape[2...]) }
}
