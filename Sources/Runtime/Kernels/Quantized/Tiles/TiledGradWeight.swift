import CKernels

/// Sums of products of a gradient of 8 bits and im2col rows, in tiles of 16 columns.
struct TiledGradWeight {
  private let shape: ConvShape
  private let kernels: ck_dot16
  private let x: Elements<Int8>
  private let zero: Int32
  private let dy: Elements<Int8>
  private let scratch: Elements<Int16>

  /// Nil where there are no vectors.
  init?(
    _ shape: ConvShape, _ x: Elements<Int8>, zero: Int32, _ dy: Elements<Int8>, scratch: Elements<Int16>,
    _ table: UnsafePointer<ck_table>
  ) {
    guard let kernels = unsafe table.pointee.dot16 else { return nil }
    self.shape = shape
    unsafe self.kernels = kernels.pointee
    (self.x, self.zero, self.dy, self.scratch) = (x, zero, dy, scratch)
  }

  /// Adds the products over some output pixels to `sums`, `count` rows of all columns from output `output` on.
  ///
  /// - Returns: false where the scratch holds too little.
  func add(_ output: Int, _ count: Int, group: Int, _ pixels: Range<Int>, _ sums: Elements<Int32>) -> Bool {
    let columns = TileScratch.columns
    // The transposed gradient, a strip of 16 columns, and the block made of it; sums of the last columns.
    let tail = columns &* 2 &* count
    let steps = min((scratch.count &- tail) / (count &+ 2 &* columns), pixels.count &+ 1) & ~1
    guard steps >= 2 else { return false }
    var strip = unsafe shape.strip(x, zero: zero, group: group, isBack: false)
    let last = unsafe UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: Int32.self)
    let rows = unsafe scratch.pointer + tail
    let narrow = unsafe rows + count &* steps
    let block = unsafe narrow + columns &* steps
    for first in stride(from: pixels.lowerBound, to: pixels.upperBound, by: steps) {
      let present = min(steps, pixels.upperBound &- first)
      let even = (present &+ 1) & ~1
      unsafe kernels.transpose(
        Int32(present), Int32(count), dy.pointer + (first &* Int(shape.outputs) &+ output), Int(shape.outputs), rows,
        even)
      for column in stride(from: 0, to: shape.columns, by: columns) {
        let width = min(columns, shape.columns &- column)
        unsafe kernels.pack_pixels(
          &strip, Int32(first), Int32(present), Int32(column), Int32(column &+ width), narrow, block)
        let to = unsafe sums.pointer + column
        if width == columns {
          unsafe kernels.dot(Int32(count), Int32(even / 2), rows, even, block, to, shape.columns, 1)
        } else {
          unsafe kernels.dot(Int32(count), Int32(even / 2), rows, even, block, last, columns, 0)
          for o in 0..<count {
            for j in 0..<width { unsafe to[o &* shape.columns &+ j] &+= last[o &* columns &+ j] }
          }
        }
      }
    }
    return true
  }
}
