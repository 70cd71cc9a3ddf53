/// Element-wise kernels without further parameters.
public struct ElementwiseParameters: KernelParameters {
  public var count: Int32
  /// Tensors the kernel takes, the output included.
  public var tensors: Int32

  public init(count: Int, tensors: Int) {
    self.count = Int32(count)
    self.tensors = Int32(tensors)
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? { index < tensors ? (Extent() * count).value : nil }

  public func isValid(for opcode: OpCode) -> Bool {
    switch opcode {
    case .reluGrad, .layerScales: tensors == 3
    case .layerScalesGrad: tensors == 4
    default: tensors == 2
    }
  }
}

/// y = max(x, 0); y may be x. What is no number stays so: a training that diverged must be seen.
func relu<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ElementwiseParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  y.map(Int(p.count), x) { $0 < 0 ? 0 : $0 }
}

/// dx = dy where y > 0, else 0; dx may be dy.
func reluGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(ElementwiseParameters.self)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let y = call.elements(2, S.self)
  dx.map(Int(p.count), dy, y) { dy, y in y > 0 ? dy : 0 }
}
