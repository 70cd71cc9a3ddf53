import CKernels

/// Epilogue of the kernels that write gradients: formats, a clip mask, and the scales of the layer that reads the
/// result.
public struct GradientOutput: BitwiseCopyable {
  /// Raw values of `GradientFormat`: of the gradient that is read, and of the one that is written.
  public var source: Int32
  public var target: Int32
  public var count: Int32
  public var channels: Int32

  public init(source: GradientFormat, target: GradientFormat, count: Int, channels: Int) {
    self.source = source.rawValue
    self.target = target.rawValue
    self.count = Int32(count)
    self.channels = Int32(channels)
  }

  var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }
  var targetFormat: GradientFormat { GradientFormat(rawValue: target) ?? .f32 }
  var isSane: Bool {
    GradientFormat(rawValue: source) != nil && GradientFormat(rawValue: target) != nil && count > 0 && channels > 0
      && count % channels == 0
  }
}

/// Runs the epilogue on the elements of a gradient in their order, and writes them in their format.
///
/// Written is `value · fold[channel]`, or 0 where the mask's bit is off. An integer gradient takes the scale that its
/// range state holds; where that is 0, the elements are first produced once to measure them, and the scale is exact.
struct GradientSink {
  private let call: Call
  private let format: GradientFormat
  private let floats: Elements<Float>
  private var bytes: DelayedWriter<Int8>
  private let words: Elements<Int16>
  private let mask: Bits?
  private let fold: Elements<Float>?
  private let range: Elements<Float>?
  private var isMeasuring = false
  private var largest: Float = 0
  private var scale: Float = 1
  private var inverse: Float = 1

  /// The output is operand 0.
  ///
  /// - Parameters:
  ///   - slots: those of the row; mask, fold and range state stand in `first` and the two behind it.
  ///   - line: ring buffer of an output that is written in place, over what is still read.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  init(
    _ call: Call, _ output: GradientOutput, _ slots: UInt32, from first: Int, line: Elements<Int8>? = nil
  ) {
    self.call = call
    format = output.targetFormat
    let target = call.elements(0, Int8.self)
    floats = target.rebound()
    bytes = DelayedWriter(target, line: line ?? target.first(0))
    words = target.rebound()
    mask = call.slot(first, slots).map { Bits($0) }
    fold = call.slot(first &+ 1, slots)
    range = call.slot(first &+ 2, slots)
  }

  /// Runs `produce`, which puts every element once, as often as the format needs.
  @inline(__always)
  mutating func write(_ produce: (inout GradientSink) -> Void) {
    begin()
    // One call of it in the code: it is inlined, and long.
    repeat { produce(&self) } while goesOn()
  }

  /// The same for products in tiles, whose epilogue is C.
  mutating func writeTiles(channels: Int32, scale: Float, _ produce: (inout ck_gradient) -> Void) {
    begin()
    repeat {
      var gradient = unsafe ck_gradient(
        scale: scale, inverse: inverse, largest: largest, format: format.rawValue, channels: channels,
        is_measuring: isMeasuring ? 1 : 0, fold: UnsafePointer(fold?.pointer), mask: UnsafePointer(mask?.bytes.pointer),
        out: UnsafeMutableRawPointer(floats.pointer))
      unsafe produce(&gradient)
      largest = unsafe gradient.largest
    } while goesOn()
  }

  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private mutating func begin() {
    scale = format == .f32 ? 1 : range?[0] ?? 0
    isMeasuring = scale == 0
    inverse = 1 / scale
  }

  /// Whether the elements were only measured, and have to be produced once more; else they are finished.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private mutating func goesOn() -> Bool {
    if isMeasuring {
      isMeasuring = false
      scale = powerOfTwo(notBelow: largest / (format == .q8 ? 127 : 32767))
      inverse = 1 / scale
      return true
    }
    if format != .f32 {
      bytes.finish()
      call.setGradientScale(0, format, scale)
    }
    return false
  }

  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  mutating func put(_ index: Int, _ channel: Int, _ value: Float) {
    var value = value
    if let fold { value *= fold[channel] }
    if let mask, !mask[index] { value = 0 }
    if format == .f32 {
      floats[index] = value
    } else if isMeasuring {
      largest = max(largest, abs(value))
    } else if format == .q8 {
      bytes.put(Int8(truncatingIfNeeded: nearest(min(max(value * inverse, -127), 127))))
    } else {
      words[index] = Int16(truncatingIfNeeded: nearest(min(max(value * inverse, -32767), 32767)))
    }
  }
}
