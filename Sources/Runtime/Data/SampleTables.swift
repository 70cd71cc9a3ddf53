#if !hasFeature(Embedded)
  import CKernels

  // Samples without a division for each element, the same values; boards rather have fewer bytes.

  extension PackArray {
    /// Writes a row of floats as integers: all columns of a picture that is neither shifted nor flipped.
    ///
    /// - Parameter pixel: element of the sample with which the row begins.
    /// - Returns: false, and nothing is written, where columns do not lie side by side, in memory as in the arena.
    func copyFloats(
      _ bytes: Bytes, at start: Int, to output: SampleBuffer, _ steps: SampleSteps, pixel: Int, first: Int
    ) -> Bool {
      guard type == SampleType.f32.rawValue, let integers = output.integers else { return false }
      let (columns, channels) = (steps.sides[1], steps.sides[2])
      let areRows = steps.steps[2] == 1 && steps.steps[1] == channels
      guard areRows || steps.steps[1] == 1 else { return false }
      for channel in 0..<(areRows ? 1 : channels) {
        let from = start &+ 4 &* (pixel &+ channel &* steps.steps[2])
        // Elements of a file may stand at any byte.
        unsafe ck_quantize(
          (bytes.pointer + from).assumingMemoryBound(to: Float.self), Int32(areRows ? columns &* channels : columns),
          output.quantizer.scale, output.quantizer.zeroPoint, integers.pointer + (first &+ channel),
          areRows ? 1 : channels)
      }
      return true
    }
  }

  // Pictures of bytes by a table of 256 entries a channel.

  extension PackArray {
    /// Fewer pixels are not worth a table for each channel.
    private static var fewest: Int { 512 }

    /// Writes some rows and columns of the sample that begins at a byte, the same values as those of each element.
    ///
    /// - Returns: false, and nothing is written, where samples are no bytes, small, or have channels whose pixels differ in
    ///   mean or deviation.
    func copyByTables(
      _ bytes: Bytes, at start: Int, to output: SampleBuffer, _ steps: SampleSteps, _ placement: Placement,
      rows: Range<Int>, columns: Range<Int>
    ) -> Bool {
      let channels = steps.sides[2]
      guard type == SampleType.u8.rawValue, rows.count &* columns.count >= Self.fewest,
        hasEntryOfChannel(steps)
      else { return false }
      let source = PlacedBytes(bytes: bytes, steps: steps, placement: placement, rows: rows, columns: columns)
      for channel in 0..<channels {
        let entry = self.channels == 1 ? 0 : channel % Int(self.channels)
        let real = { (byte: Int) in (Float(byte) * scale - mean[entry]) / deviation[entry] }
        let first = start &+ channel &* steps.steps[2]
        if let integers = output.integers {
          source.copy(channel, first, to: integers) { output.quantizer.integer($0.map(real) ?? 0) }
        } else if let floats = output.floats {
          source.copy(channel, first, to: floats) { $0.map(real) ?? 0 }
        }
      }
      return true
    }

    /// Whether the entry of mean and deviation is that of the channel, whatever the pixel.
    private func hasEntryOfChannel(_ steps: SampleSteps) -> Bool {
      let (step, count, channel) = (Int(channelStep), Int(channels), steps.steps[2])
      guard count > 1 else { return true }
      let last = (steps.sides[0] &- 1) &* steps.steps[0] &+ (steps.sides[1] &- 1) &* steps.steps[1]
      let areApart = channel == 1 && steps.steps[0] % count == 0 && steps.steps[1] % count == 0
      return step == channel && (areApart || last < channel)
    }
  }

  /// Where the bytes of some rows and columns stand.
  private struct PlacedBytes {
    let bytes: Bytes
    let steps: SampleSteps
    let placement: Placement
    let rows: Range<Int>
    let columns: Range<Int>

    /// One channel, whose first byte is `first`; `value` is that of a byte, or of nothing.
    @inline(__always)
    func copy<T: BitwiseCopyable>(_ channel: Int, _ first: Int, to output: Elements<T>, _ value: (Int?) -> T) {
      let (height, width, channels) = (steps.sides[0], steps.sides[1], steps.sides[2])
      let nothing = value(nil)
      withUnsafeTemporaryAllocation(of: T.self, capacity: 256) { table in
        for byte in 0..<256 { unsafe table[byte] = value(byte) }
        var out = channel
        for y in rows {
          let fromY = y &- placement.dy
          let line = first &+ fromY &* steps.steps[0]
          for x in columns {
            let shifted = x &- placement.dx
            let fromX = placement.isFlipped ? width &- 1 &- shifted : shifted
            let isInside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width
            output[out] = unsafe isInside ? table[Int(bytes[line &+ fromX &* steps.steps[1]])] : nothing
            out &+= channels
          }
        }
      }
    }
  }
#endif
