extension PackArray {
  /// Writes the sample that begins at a byte as the arena keeps it, normalized.
  func copy(
    _ bytes: Bytes, at start: Int, to output: SampleBuffer, _ steps: SampleSteps, _ placement: Placement = Placement()
  ) {
    copy(bytes, at: start, to: output, steps, placement, rows: 0..<steps.sides[0], columns: 0..<steps.sides[1])
  }

  /// Writes some rows and columns of it.
  func copy(
    _ bytes: Bytes, at start: Int, to output: SampleBuffer, _ steps: SampleSteps, _ placement: Placement,
    rows: Range<Int>, columns: Range<Int>
  ) {
    #if !hasFeature(Embedded)
      if copyByTables(bytes, at: start, to: output, steps, placement, rows: rows, columns: columns) { return }
    #endif
    let (height, width, channels) = (steps.sides[0], steps.sides[1], steps.sides[2])
    var out = 0
    for y in rows {
      let fromY = y &- placement.dy
      #if !hasFeature(Embedded)
        if columns.count == width, placement.dx == 0, !placement.isFlipped, fromY >= 0, fromY < height,
          copyFloats(bytes, at: start, to: output, steps, pixel: fromY &* steps.steps[0], first: out)
        {
          out &+= width &* channels
          continue
        }
      #endif
      for x in columns {
        let shifted = x &- placement.dx
        let fromX = placement.isFlipped ? width &- 1 &- shifted : shifted
        let isInside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width
        let pixel = fromY &* steps.steps[0] &+ fromX &* steps.steps[1]
        for channel in 0..<channels {
          output[out] = isInside ? element(bytes, start, pixel &+ channel &* steps.steps[2], 0) : 0
          out &+= 1
        }
      }
    }
  }

  /// Writes elements of a stored sample from element `first` on: `count` of them stand in `bytes`.
  func copy(_ bytes: Bytes, _ count: Int, to output: SampleBuffer, _ steps: SampleSteps, from first: Int) {
    for index in 0..<count { output[steps.place(first &+ index)] = element(bytes, 0, index, first) }
  }

  /// Element `first` + `index` of a sample, which is element `index` of those that begin at a byte.
  @inline(__always)
  private func element(_ bytes: Bytes, _ start: Int, _ index: Int, _ first: Int) -> Float {
    guard type == SampleType.u8.rawValue else { return bytes.load(start &+ 4 &* index) }
    let entry = channels == 1 ? 0 : (first &+ index) / Int(channelStep) % Int(channels)
    return (Float(Int(bytes[start &+ index])) * scale - mean[entry]) / deviation[entry]
  }
}
