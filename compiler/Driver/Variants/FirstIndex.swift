extension RandomAccessCollection where Index == Int {
  /// The first element for which something holds that holds for all behind it, too; `endIndex` where there is none.
  ///
  /// It is looked for from a guess on, twice as far each time, and then by halves.
  func firstIndex(near guess: Int, where holds: (Element) throws -> Bool) rethrows -> Int {
    var (low, high) = (startIndex, endIndex)
    var (probe, width) = (guess, 1)
    while low < high {
      probe = Swift.min(Swift.max(probe, low), high - 1)
      let isBehind = try holds(self[probe])
      if isBehind { high = probe } else { low = probe + 1 }
      let isEnclosed = low > startIndex && high < endIndex
      probe = isEnclosed ? (low + high) / 2 : isBehind ? probe - width : probe + width
      width *= 2
    }
    return low
  }
}
