import IR
import Operators
import Runtime

/// The formulas of an integer step in double precision, written with loops of its own over logical indexes.
///
/// Sums of integer products below 2⁵³ are exact in a double, so that kernels can be compared to the last bit.
struct IntegerModel {
  let x: [Int]
  let w: [Int]
  let y: [Int]
  let sliding: Sliding
  let groups: Int
  let isDepthwise: Bool

  /// Every product of a convolution: `body(index in x, index in w, index in y)`.
  func forProducts(_ body: (Int, Int, Int) -> Void) {
    let (stride, pads, dilation) = (sliding.strides, sliding.pads, sliding.dilations)
    let (kernel, outputs) = (Array(w[1...2]), y[3])
    for n in 0..<y[0] {
      for oy in 0..<y[1] {
        for ox in 0..<y[2] {
          for ky in 0..<kernel[0] {
            for kx in 0..<kernel[1] {
              let iy = oy * stride[0] - pads[0] + ky * dilation[0]
              let ix = ox * stride[1] - pads[1] + kx * dilation[1]
              guard iy >= 0, iy < x[1], ix >= 0, ix < x[2] else { continue }
              for o in 0..<outputs {
                let out = ((n * y[1] + oy) * y[2] + ox) * outputs + o
                let pixel = ((n * x[1] + iy) * x[2] + ix) * x[3]
                if isDepthwise {
                  body(pixel + o / (outputs / x[3]), (ky * kernel[1] + kx) * outputs + o, out)
                } else {
                  let group = o / (outputs / groups)
                  for i in 0..<w[3] {
                    body(pixel + group * w[3] + i, ((o * kernel[0] + ky) * kernel[1] + kx) * w[3] + i, out)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

/// The nearest integer, halves to even: the one rounding of the forward pass, with the factor as the kernels have it.
func scaled(_ sum: Double, _ factor: FixedPoint) -> Int {
  let product = Int64(sum) * Int64(factor.multiplier)
  let (whole, rest) = (product >> Int64(factor.shift), product & (1 << Int64(factor.shift) - 1))
  let half = Int64(1) << Int64(factor.shift - 1)
  return Int(rest > half || rest == half && whole % 2 != 0 ? whole + 1 : whole)
}

func clamped(_ value: Int, _ output: QuantizedOutput) -> Int8 {
  Int8(min(max(value + output.zeroPoint, output.low), output.high))
}
