extension SampleForm {
  /// Writes the sample that begins at a byte as height x width x channels, normalized.
  func copy(_ bytes: Bytes, at start: Int, to output: SampleBuffer, _ placement: Placement = Placement()) {
    copy(bytes, at: start, to: output, placement, rows: 0..<Int(header.height), columns: 0..<Int(header.width))
  }

  /// Writes some rows and columns of it.
  func copy(
    _ bytes: Bytes, at start: Int, to output: SampleBuffer, _ placement: Placement, rows: Range<Int>,
    columns: Range<Int>
  ) {
    place(output, placement, rows, columns) { index, channel in
      type == .u8 ? pixel(bytes[start &+ index], channel) : bytes.load(start &+ 4 &* index)
    }
  }

  /// Writes elements of one sample with channels last, from element `first` on: `count` of them stand in `bytes`.
  func copy(_ bytes: Bytes, _ count: Int, to output: SampleBuffer, from first: Int) {
    let channels = Int(header.channels)
    for index in 0..<count {
      output[first &+ index] =
        type == .u8 ? pixel(bytes[index], (first &+ index) % channels) : bytes.load(4 &* index)
    }
  }

  /// A byte of a picture, normalized.
  @inline(__always)
  private func pixel(_ byte: UInt8, _ channel: Int) -> Float {
    let entry = Int(header.channels) <= PackHeader.channelLimit ? channel : 0
    return (Float(Int(byte)) * header.scale - header.mean[entry]) / header.deviation[entry]
  }

  @inline(__always)
  private func place(
    _ output: SampleBuffer, _ placement: Placement, _ rows: Range<Int>, _ columns: Range<Int>,
    _ value: (Int, Int) -> Float
  ) {
    let channels = Int(header.channels)
    let height = Int(header.height)
    let width = Int(header.width)
    let isFirst = layout == .channelsFirst
    let pixelStride = isFirst ? 1 : channels
    let channelStride = isFirst ? height &* width : 1
    var out = 0
    for y in rows {
      let fromY = y &- placement.dy
      for x in columns {
        let shifted = x &- placement.dx
        let fromX = placement.isFlipped ? width &- 1 &- shifted : shifted
        let isInside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width
        let pixel = (fromY &* width &+ fromX) &* pixelStride
        for channel in 0..<channels {
          output[out] = isInside ? value(pixel &+ channel &* channelStride, channel) : 0
          out &+= 1
        }
      }
    }
  }
}
