import CKernels

/// Sums of products of a gradient of 8 bits and im2col rows, in tiles of 16 columns.
struct TiledGradWeight {
  private let shape: ConvShape
  private let kernels: ck_tiles
  private let x: Elements<Int8>
  private let zero: Int32
  private let dy: Elements<Int8>
  private let scratch: Elements<Int16>

  /// Nil where there are no vectors.
  init?(
    _ shape: ConvShape, _ x: Elements<Int8>, zero: Int32, _ dy: Elements<Int8>, scratch: Elements<Int16>,
    _ table: UnsafePointer<ck_table>
  ) {
    guard let kernels = unsafe table.pointee.tiles else { return nil }
    self.shape = shape
    unsafe self.kernels = kernels.pointee
    (self.x, self.zero, self.dy, self.scratch) = (x, zero, dy, scratch)
  }

  /// Bytes of what sums of a row begin with.
  static func startBytes(_ tiles: ck_tiles) -> Int { tiles.bytes == 1 ? 4 : 0 }

  /// Sums the products over some output pixels, `count` rows of all columns from output `output` on.
  ///
  /// - Returns: false where the scratch holds too little; the sums are as they were then.
  func sum(_ output: Int, _ count: Int, group index: Int, _ pixels: Range<Int>, into sums: Elements<Int32>) -> Bool {
    // The packed gradient and what sums of its columns begin with, a strip of 16 columns, and the block made of it.
    let columns = TileScratch.columns
    let (bytes, group) = (Int(kernels.bytes), Int(kernels.group))
    let startBytes = Self.startBytes(kernels) &* count
    let room = max(2 &* scratch.count &- startBytes, 0) / (bytes &* (count &+ 2 &* columns))
    let steps = min(room, pixels.count &+ group &- 1) / group &* group
    guard steps >= group else { return false }
    var strip = unsafe shape.strip(x, zero: zero, group: index, isBack: false)
    let starts = unsafe UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: Int32.self)
    let rows = unsafe UnsafeMutableRawPointer(scratch.pointer) + startBytes
    // Filled when the gradients are packed, of which the last group writes into it.
    let narrow = unsafe rows + bytes &* count &* steps
    let block = unsafe narrow + bytes &* columns &* steps
    for first in stride(from: pixels.lowerBound, to: pixels.upperBound, by: steps) {
      let present = min(steps, pixels.upperBound &- first)
      unsafe kernels.pack_gradients(
        Int32(present), Int32(count), dy.pointer + (first &* Int(shape.outputs) &+ output), Int(shape.outputs), zero,
        rows, starts)
      for column in stride(from: 0, to: shape.columns, by: columns) {
        let width = Int32(min(columns, shape.columns &- column))
        unsafe kernels.pack_pixels(
          &strip, Int32(first), Int32(present), Int32(column), Int32(column) &+ width, narrow, block)
        unsafe kernels.dot(
          Int32(count), width, Int32(kernels.groups(present)), rows, group &* count, block, zero, starts,
          sums.pointer + column, shape.columns, first > pixels.lowerBound ? 1 : 0)
      }
    }
    return true
  }
}
