import IR
import Runtime

/// The mean of each window of a picture, padding counted as zeros; int8 [N,H,W,C].
public struct QuantizedPool: IntegerOperator {
  public static let name = "quantized_pool"
  public static let opcode = OpCode.quantizedPool

  public var pooling: Pooling
  public var output: QuantizedOutput

  public init(_ pooling: Pooling, output: QuantizedOutput) {
    self.pooling = pooling
    self.output = output
  }

  /// The mean of whole pictures.
  public init(over picture: TensorType, output: QuantizedOutput) {
    self.init(Pooling(kernel: Array(picture.shape[1...2])), output: output)
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try Pooling(attributes), output: try QuantizedOutput(attributes))
  }

  public var attributes: Attributes { Attributes(pooling.entries + output.entries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    _ = try expectActivation(x)
    return try output.type(Self.name, pooling.output(Self.name, x))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    let size = Array(graph.type(node.inputs[0]).shape[1...2])
    let masked = try graph.straightThrough(outputGradient, node.output, low: output.low, high: output.high)
    return [
      try graph.append(AveragePoolGrad(AveragePool(pooling, countsPadding: true), inputSize: size), masked)
    ]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let input = inputs[0].activation!
    return words(
      QuantizedPoolParameters(
        shape: pooling.shape(input: inputs[0].shape, output: output.shape), inputZero: input.zeroPoint,
        inputScale: input.scale, outputScale: self.output.scale, output: self.output.range))
  }

  public static var samples: [Sample] {
    let output = QuantizedOutput(scale: 0.05, zeroPoint: -20)
    let windows = QuantizedMaxPool.samples.map { sample in
      Sample(QuantizedPool((sample.op as! QuantizedMaxPool).pooling, output: output), inputs: sample.inputs)
    }
    return windows
      + [[2, 3, 5, 7], [1, 1, 1, 1]].map { shape in
        let x = TensorType.activation(shape, scale: 0.1, zeroPoint: -3)
        return Sample(QuantizedPool(over: x, output: output), x)
      }
  }
}

/// y = the largest integer of each window; padding never wins. Scale and zero point stay.
public struct QuantizedMaxPool: IntegerOperator {
  public static let name = "quantized_max_pool"
  public static let opcode = OpCode.quantizedMaxPool

  public var pooling: Pooling

  public init(_ pooling: Pooling) { self.pooling = pooling }
  public init(attributes: Attributes) throws(AttributeError) { pooling = try Pooling(attributes) }
  public var attributes: Attributes { Attributes(pooling.entries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    _ = try expectActivation(x)
    return x.with(shape: try pooling.output(Self.name, x))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    let size = Array(graph.type(node.inputs[0]).shape[1...2])
    let index = try graph.append(QuantizedMaxPoolIndex(pooling), node.inputs[0])
    return [try graph.append(MaxPoolGrad(pooling, inputSize: size), outputGradient, index)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = pooling.shape(input: inputs[0].shape, output: output.shape)
    return words(QuantizedMaxPoolParameters(MaxPoolParameters(shape: shape, isIndex: false)))
  }

  public static var samples: [Sample] {
    MaxPool.samples.map { sample in
      let x = TensorType.activation(sample.inputs[0].shape, scale: 0.1, zeroPoint: -3)
      return Sample(QuantizedMaxPool((sample.op as! MaxPool).pooling), x)
    }
  }
}

/// The winning tap (u8, in scan order) of each window, the first of equals: what backward needs of x.
public struct QuantizedMaxPoolIndex: IntegerOperator {
  public static let name = "quantized_max_pool_index"
  public static let opcode = OpCode.quantizedMaxPoolIndex

  public var pooling: Pooling

  public init(_ pooling: Pooling) { self.pooling = pooling }
  public init(attributes: Attributes) throws(AttributeError) { pooling = try Pooling(attributes) }
  public var attributes: Attributes { Attributes(pooling.entries) }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    _ = try expectActivation(x)
    return try MaxPoolIndex(pooling).infer([TensorType(x.shape)])
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = pooling.shape(input: inputs[0].shape, output: output.shape)
    return words(QuantizedMaxPoolParameters(MaxPoolParameters(shape: shape, isIndex: true)))
  }

  public static var samples: [Sample] {
    QuantizedMaxPool.samples.map { sample in
      Sample(QuantizedMaxPoolIndex((sample.op as! QuantizedMaxPool).pooling), inputs: sample.inputs)
    }
  }
}
