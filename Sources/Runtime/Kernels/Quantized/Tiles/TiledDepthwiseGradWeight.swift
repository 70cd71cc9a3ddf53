import CKernels
import CPlatform

/// Sums of products of a gradient of 8 bits and an activation, tap by tap.
struct TiledDepthwiseGradWeight {
  let shape: DepthwiseShape
  let x: Elements<Int8>
  let zero: Int32
  let dy: Elements<Int8>
  /// Channels of dy, and the first one that belongs to x.
  let channels: Int32
  let start: Int32
  let sums: Elements<Int32>
  let kernels: UnsafePointer<ck_table>

  /// Adds those of some output pixels to the sums of some taps.
  func add(_ pixels: Range<Int>, _ taps: Range<Int>) {
    var job = Job(
      sum: self, pixels: pixels, taps: taps, shares: DepthwiseShares(shape, pixels: pixels.count, taps: taps.count))
    guard isBuilt(.threads), job.shares.threads > 1 else { return job.run(0) }
    unsafe withUnsafeMutablePointer(to: &job) {
      unsafe cp_share(
        Int32($0.pointee.shares.threads),
        { job, thread in unsafe job!.assumingMemoryBound(to: Job.self).pointee.run(Int(thread)) }, $0)
    }
  }

  private struct Job {
    let sum: TiledDepthwiseGradWeight
    let pixels: Range<Int>
    let taps: Range<Int>
    let shares: DepthwiseShares

    func run(_ thread: Int) {
      let own = shares[thread].channels
      var window = ck_window(sum.shape.window)
      unsafe sum.kernels.pointee.depthwise8_dw?(
        &window, sum.shape.channels, Int32(own.lowerBound), Int32(own.upperBound), sum.x.pointer, sum.zero,
        sum.dy.pointer + Int(sum.start), Int(sum.channels), Int32(pixels.lowerBound), Int32(pixels.upperBound),
        Int32(taps.lowerBound), Int32(taps.upperBound), sum.sums.pointer)
    }
  }
}
