#if !hasFeature(Embedded)
  /// What a row goes through, as far as its time depends on it.
  public enum RowShape {
    case convolution(ConvShape)
    case depthwise(DepthwiseShape)
    /// Rows, columns, and the products that each element sums up.
    case product(Int, Int, Int)
    /// Elements of the largest of its output and its first operands.
    case elements(Int)
  }

  extension Call {
    /// The shape of a row with this opcode.
    public func shape(_ opcode: OpCode) -> RowShape {
      switch opcode {
      case .conv: .convolution(parameters(ConvParameters.self).shape)
      case .convGradInput: .convolution(parameters(ConvGradInputParameters.self).shape)
      case .convGradWeight: .convolution(parameters(ConvGradWeightParameters.self).shape)
      case .quantizedConv: .convolution(parameters(QuantizedConvParameters.self).shape)
      case .quantizedGradInput: .convolution(parameters(QuantizedGradInputParameters.self).shape)
      case .quantizedGradWeight: .convolution(parameters(QuantizedGradWeightParameters.self).shape)
      case .gradWeightUpdate:
        .convolution(parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self).gradient.shape)
      case .depthwiseConv: .depthwise(parameters(DepthwiseConvParameters.self).shape)
      case .depthwiseGradInput: .depthwise(parameters(DepthwiseGradInputParameters.self).shape)
      case .depthwiseGradWeight: .depthwise(parameters(DepthwiseGradWeightParameters.self).shape)
      case .quantizedDepthwise: .depthwise(parameters(QuantizedDepthwiseParameters.self).shape)
      case .quantizedDepthwiseGradInput: .depthwise(parameters(QuantizedDepthwiseGradInputParameters.self).shape)
      case .quantizedDepthwiseGradWeight: .depthwise(parameters(QuantizedDepthwiseGradWeightParameters.self).shape)
      case .depthwiseGradWeightUpdate:
        .depthwise(parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self).gradient.shape)
      case .matMul: .product(Int(matrices.m), Int(matrices.n), Int(matrices.k))
      default: .elements((0..<min(3, head.operands)).map { Int(tensor($0).count) }.max() ?? 0)
      }
    }

    private var matrices: MatMulParameters { parameters() }
  }
#endif
