import Report
import Runtime

/// What a processor can do at most: multiply-accumulates of a kernel's inner loop on registers alone.
public struct RegisterPeak: Encodable, Sendable {
  public var mix: PeakMix
  public var isa: InstructionSet
  /// 10⁹ operations a second, two of them a multiply-accumulate.
  public var gops: Double
}

/// How fast a kernel is on one shape.
public struct KernelSpeed: Encodable, Sendable {
  public var family: OperationFamily
  public var opcode: String
  public var shape: String
  public var isa: InstructionSet
  public var macs: Int
  /// Of a run, the least of many.
  public var cpuUs: Double
  /// 10⁹ operations a second: two a multiply-accumulate, or one an element where nothing is multiplied.
  public var gops: Double
  /// Of what the same vectors do on registers alone, measured in the same run; plain kernels may have those of 128 bits.
  /// Nil where nothing is multiplied.
  @OrNull public var shareOfPeak: Double?
}

extension RowShape {
  /// As tables print it: pictures before and after, the kernel, what is special.
  public var text: String {
    switch self {
    case .convolution(let s):
      s.window.text(Int(s.inputs), Int(s.outputs)) + (s.groups == 1 ? "" : " \(s.groups) groups")
        + (Int(s.rowEnd - s.rowStart) == Int(s.outputs) ? "" : " \(s.rowEnd - s.rowStart) rows")
        + (s.regionEnd == 0 ? "" : " \(s.regionEnd - s.regionStart) trained")
    case .depthwise(let s):
      s.window.text(Int(s.channels), Int(s.channels) * Int(s.multiplier))
        + (s.regionEnd == 0 ? "" : " \(s.regionEnd - s.regionStart) trained")
    case .product(let rows, let columns, let depth): "\(rows)x\(columns)x\(depth)"
    case .elements(let count): "\(count)"
    }
  }

  /// Elements that a row without products goes through.
  var elements: Int {
    guard case .elements(let count) = self else { return 0 }
    return count
  }
}

extension Window {
  /// `1x48x48x16 to 48x48x96, 1x1`, with the steps where they are not 1.
  fileprivate func text(_ inputs: Int, _ outputs: Int) -> String {
    "\(batch)x\(inputHeight)x\(inputWidth)x\(inputs) to \(outputHeight)x\(outputWidth)x\(outputs) "
      + "\(kernelHeight)x\(kernelWidth)" + (strideHeight == 1 && strideWidth == 1 ? "" : "/\(strideHeight)")
      + (dilationHeight == 1 && dilationWidth == 1 ? "" : "@\(dilationHeight)")
  }
}
