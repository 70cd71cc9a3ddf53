import CKernels

/// How the scratch of an integer kernel is divided for products in tiles: a strip of rows, a block of 16 columns, and
/// the sums of both, as many steps of the sums at a time as fit.
@safe
public struct TileScratch {
  /// Columns of a block and of a tile of sums.
  static var columns: Int { 16 }
  /// More rows than these gain nothing: a block is packed for all of them.
  private static var mostRows: Int { 72 }
  private static var fewRows: Int { 24 }

  /// Rows of a strip, and the steps of a panel; these are even.
  let rows: Int
  let depth: Int
  let strip: UnsafeMutablePointer<Int16>
  let block: UnsafeMutablePointer<Int16>
  let sums: UnsafeMutablePointer<Int32>

  /// Nil where the scratch holds too little for that to pay.
  init?(_ scratch: Elements<UInt8>, rows wanted: Int, depth steps: Int) {
    let whole = (steps &+ 1) & ~1
    var rows = min(wanted, Self.mostRows)
    var panels = 1
    func depth() -> Int { ((whole &+ panels &- 1) / panels &+ 1) & ~1 }
    while Self.bytes(rows, depth()) > scratch.count {
      if rows > Self.fewRows {
        rows &-= 6
      } else if depth() > 32 {
        panels &+= 1
      } else if rows > 1 {
        rows &-= 1
      } else {
        return nil
      }
    }
    self.rows = rows
    self.depth = depth()
    let base = unsafe UnsafeMutableRawPointer(scratch.pointer)
    let blockBytes = 2 &* Self.columns &* self.depth
    let stripStart = blockBytes &+ 4 &* Self.columns &* rows
    unsafe block = base.assumingMemoryBound(to: Int16.self)
    unsafe sums = (base + blockBytes).assumingMemoryBound(to: Int32.self)
    unsafe strip = (base + stripStart).assumingMemoryBound(to: Int16.self)
  }

  /// Bytes with which all steps of the sums of as many rows as pay lie there at once.
  public static func bytes(rows: Int, steps: Int) -> Int { bytes(min(rows, mostRows), (steps &+ 1) & ~1) }

  private static func bytes(_ rows: Int, _ depth: Int) -> Int {
    let (block, sums) = (2 &* columns &* depth, 4 &* columns &* rows)
    return block &+ sums &+ 2 &* rows &* depth
  }
}

extension ConvShape {
  /// im2col of a picture that the convolution reads, or where `isBack` is set of one that it gave.
  func strip(_ x: Elements<Int8>, zero: Int32, group: Int, isBack: Bool) -> ck_strip {
    let (channels, count) = isBack ? (Int(outputs), groupOutputs) : (Int(inputs), groupInputs)
    return unsafe ck_strip(
      window: ck_window(window), is_back: isBack ? 1 : 0, channels: Int32(channels), start: Int32(group &* count),
      count: Int32(count), zero: zero, x: x.pointer)
  }
}
