extension Picture {
  /// The picture turned and mirrored as an EXIF orientation from 1 to 8 says; 1 is upright.
  ///
  ///     1        2        3        4        5        6        7        8
  ///     a b c    c b a    f e d    d e f    a d      d a      f c      c f
  ///     d e f    f e d    c b a    a b c    b e      e b      e b      b e
  ///                                         c f      f c      d a      a d
  ///
  /// Shown is how a stored picture of the rows `a b c` and `d e f` is seen.
  func turned(orientation: Int) -> Picture {
    guard (2...8).contains(orientation) else { return self }
    let isTransposed = orientation >= 5
    let (seenWidth, seenHeight) = isTransposed ? (height, width) : (width, height)
    // Along the stored axes, and after exchanging them.
    let mirrorsColumns = [2, 3, 7, 8].contains(orientation)
    let mirrorsRows = [3, 4, 6, 7].contains(orientation)
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count)
    for y in 0..<seenHeight {
      for x in 0..<seenWidth {
        var (column, row) = isTransposed ? (y, x) : (x, y)
        if mirrorsColumns { column = width - 1 - column }
        if mirrorsRows { row = height - 1 - row }
        let start = (row * width + column) * channels
        for channel in 0..<channels { result.append(pixels[start + channel]) }
      }
    }
    return Picture(width: seenWidth, height: seenHeight, channels: channels, pixels: result)
  }
}
