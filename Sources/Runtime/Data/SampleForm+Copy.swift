extension SampleForm {
  /// Writes the sample that begins at a byte as height x width x channels, normalized.
  ///
  /// Without placement and with channels last, the bytes may be the end of the output itself: no element is written
  /// before it was read.
  func copy(_ bytes: Bytes, at start: Int, to output: Elements<Float>, _ placement: Placement = Placement()) {
    switch type {
    case .u8:
      let h = header
      let isPerChannel = Int(h.channels) <= PackHeader.channelLimit
      place(output, placement) { index, channel in
        let entry = isPerChannel ? channel : 0
        return (Float(Int(bytes[start &+ index])) * h.scale - h.mean[entry]) / h.deviation[entry]
      }
    case .f32:
      place(output, placement) { index, _ in bytes.load(start &+ 4 &* index) }
    }
  }

  @inline(__always)
  private func place(_ output: Elements<Float>, _ placement: Placement, _ value: (Int, Int) -> Float) {
    let channels = Int(header.channels)
    let height = Int(header.height)
    let width = Int(header.width)
    let isFirst = layout == .channelsFirst
    let pixelStride = isFirst ? 1 : channels
    let channelStride = isFirst ? height &* width : 1
    var out = 0
    for y in 0..<height {
      let fromY = y &- placement.dy
      for x in 0..<width {
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
