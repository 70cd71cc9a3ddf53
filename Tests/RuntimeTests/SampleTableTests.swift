import IR
import Support
import Testing

@testable import Runtime

/// Samples of bytes that are large enough for tables, against the formula of the format.
@Suite struct SampleTableTests {
  private let height = 40, width = 41, channels = 3

  private func array(_ layout: SampleLayout, entries: Int) -> PackArray {
    var array = PackArray()
    array.layout = layout.rawValue
    array.scale = 1 / 255
    array.channels = UInt32(entries)
    array.channelStep = UInt32(entries > 1 && layout == .model ? height * width : 1)
    for channel in 0..<entries {
      array.mean[channel] = 0.4 + 0.1 * Float(channel)
      array.deviation[channel] = 0.2 + 0.05 * Float(channel)
    }
    return array
  }

  private func steps(_ layout: SampleLayout) -> SampleSteps {
    SampleSteps(
      sides: [height, width, channels],
      steps: layout == .model ? [width, 1, height * width] : [width * channels, channels, 1])
  }

  private func expected(_ bytes: [UInt8], _ array: PackArray, _ steps: SampleSteps, _ placement: Placement) -> [Float] {
    (0..<height * width * channels).map { index in
      let (y, x, channel) = (index / channels / width - placement.dy, index / channels % width, index % channels)
      let column = placement.isFlipped ? width - 1 - (x - placement.dx) : x - placement.dx
      guard 0..<height ~= y, 0..<width ~= column else { return 0 }
      let byte = bytes[7 + y * steps.steps[0] + column * steps.steps[1] + channel * steps.steps[2]]
      let entry = array.channels == 1 ? 0 : channel
      return (Float(byte) * array.scale - array.mean[entry]) / array.deviation[entry]
    }
  }

  @Test(arguments: [SampleLayout.model, .picture], [1, 3])
  func bytesBecomeTheSameNumbers(layout: SampleLayout, entries: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let bytes = (0..<7 + height * width * channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let memory = AlignedBytes(bytes)
    let (array, steps) = (array(layout, entries: entries), steps(layout))
    let quantizer = Quantizer(scale: 0.02, zeroPoint: -3)
    for (isFlipped, dx, dy) in [(false, 0, 0), (true, 0, 0), (false, 3, -2), (true, -3, 1), (false, 41, 0)] {
      var placement = Placement()
      (placement.isFlipped, placement.dx, placement.dy) = (isFlipped, dx, dy)
      let wanted = expected(bytes, array, steps, placement)
      var floats = [Float](repeating: -1, count: wanted.count)
      var integers = [Int8](repeating: 99, count: wanted.count)
      let areCopied = unsafe floats.withUnsafeMutableBufferPointer { floats in
        unsafe integers.withUnsafeMutableBufferPointer { integers in
          let outputs = unsafe [
            SampleBuffer(Elements(base: floats.baseAddress!, count: floats.count)),
            SampleBuffer(Elements(base: integers.baseAddress!, count: integers.count), quantizer),
          ]
          return outputs.map {
            array.copyByTables(memory.bytes, at: 7, to: $0, steps, placement, rows: 0..<height, columns: 0..<width)
          }
        }
      }
      #expect(areCopied == [true, true])
      #expect(floats == wanted)
      #expect(integers == wanted.map { quantizer.integer($0) })
    }
  }

  /// A row of floats, at any byte of a file, also beyond all limits.
  @Test(arguments: [SampleLayout.model, .picture]) func floatsBecomeTheSameIntegers(layout: SampleLayout) throws {
    var generator = SeededGenerator(seed: 6)
    let limits: [Float] = [.infinity, -.infinity, .nan, 3e38, -3e38, 0.03, -0.01, 1e-42]
    let numbers = (0..<height * width * channels).map { index in
      index % 11 == 0 ? limits[index / 11 % limits.count] : Float.random(in: -4...4, using: &generator)
    }
    let memory = AlignedBytes([1, 2, 3] + numbers.flatMap { number in withUnsafeBytes(of: number) { [UInt8]($0) } })
    let (steps, quantizer, row) = (steps(layout), Quantizer(scale: 0.02, zeroPoint: -3), 7)
    var array = PackArray()
    array.type = SampleType.f32.rawValue
    var integers = [Int8](repeating: 99, count: width * channels)
    let areCopied = unsafe integers.withUnsafeMutableBufferPointer { integers in
      let output = unsafe SampleBuffer(Elements(base: integers.baseAddress!, count: integers.count), quantizer)
      return array.copyFloats(memory.bytes, at: 3, to: output, steps, pixel: row * steps.steps[0], first: 0)
    }
    #expect(areCopied)
    let places = (0..<width * channels).map { index in
      row * steps.steps[0] + index / channels * steps.steps[1] + index % channels * steps.steps[2]
    }
    #expect(integers == places.map { quantizer.integer(numbers[$0]) })
  }

  /// Entries that change within a channel are left to the loop over elements, and small samples, too.
  @Test func otherSamplesHaveNoTables() {
    let memory = AlignedBytes([UInt8](repeating: 1, count: height * width * channels))
    var floats = [Float](repeating: -1, count: height * width * channels)
    var odd = array(.picture, entries: 3)
    odd.channelStep = 2
    unsafe floats.withUnsafeMutableBufferPointer { floats in
      let output = unsafe SampleBuffer(Elements(base: floats.baseAddress!, count: floats.count))
      func copy(_ array: PackArray, _ rows: Range<Int>) -> Bool {
        array.copyByTables(
          memory.bytes, at: 0, to: output, steps(.picture), Placement(), rows: rows, columns: 0..<width)
      }
      #expect(!copy(odd, 0..<height))
      #expect(!copy(array(.picture, entries: 3), 0..<2))
    }
    #expect(floats.allSatisfy { $0 == -1 })
  }
}
