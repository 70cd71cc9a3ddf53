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

  /// Rows of a strip, and the steps of a panel; these fill groups.
  let rows: Int
  let depth: Int
  let strip: UnsafeMutableRawPointer
  let block: UnsafeMutableRawPointer
  let sums: UnsafeMutablePointer<Int32>

  /// Nil where the scratch holds too little for that to pay.
  init?(_ scratch: Elements<UInt8>, _ tiles: ck_tiles, rows wanted: Int, depth steps: Int) {
    let whole = tiles.whole(steps)
    let operandBytes = Int(tiles.bytes)
    var rows = min(wanted, Self.mostRows)
    var panels = 1
    func depth() -> Int { tiles.whole((whole &+ panels &- 1) / panels) }
    while Self.bytes(rows, depth(), operandBytes) > scratch.count {
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
    unsafe block = UnsafeMutableRawPointer(scratch.pointer)
    let blockBytes = operandBytes &* Self.columns &* self.depth
    unsafe sums = (block + blockBytes).assumingMemoryBound(to: Int32.self)
    unsafe strip = block + (blockBytes &+ 4 &* Self.columns &* rows)
  }

  /// Bytes with which all steps of the sums of as many rows as pay lie there at once, whatever the operands.
  public static func bytes(rows: Int, steps: Int) -> Int { bytes(min(rows, mostRows), (steps &+ 1) & ~1, 2) }

  private static func bytes(_ rows: Int, _ depth: Int, _ operandBytes: Int) -> Int {
    let (block, sums) = (operandBytes &* columns &* depth, 4 &* columns &* rows)
    return block &+ sums &+ operandBytes &* rows &* depth
  }
}

extension ck_tiles {
  /// Groups that so many steps make.
  func groups(_ steps: Int) -> Int { (steps &+ Int(group) &- 1) / Int(group) }

  /// So many steps and those that fill the last group.
  func whole(_ steps: Int) -> Int { groups(steps) &* Int(group) }

  /// Puts a weight over one of a packed block.
  func put(_ weight: Int8, _ block: UnsafeMutableRawPointer, step: Int, column: Int) {
    let steps = Int(group)
    let place = step / steps &* steps &* TileScratch.columns &+ column &* steps &+ step % steps
    if bytes == 1 {
      unsafe block.storeBytes(of: weight, toByteOffset: place, as: Int8.self)
    } else {
      unsafe block.storeBytes(of: Int16(weight), toByteOffset: 2 &* place, as: Int16.self)
    }
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
