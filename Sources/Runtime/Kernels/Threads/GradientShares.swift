import CKernels
import CPlatform

/// Epilogues of the threads that share a gradient: each measures for itself.
struct GradientShares {
  private let gradient: ck_gradient
  private let largest: UnsafeMutablePointer<Float>

  /// Runs `body`, which gives the row to as many threads, and notes the largest element of all.
  @inline(__always)
  static func run(_ threads: Int, _ gradient: inout ck_gradient, _ body: (GradientShares) -> Void) {
    var largest = InlineArray<64, Float>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &largest) {
      let all = unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: Float.self)
      body(unsafe GradientShares(gradient: gradient, largest: all))
    }
    for thread in 0..<threads { unsafe gradient.largest = max(gradient.largest, largest[thread]) }
  }

  /// Runs what a thread does.
  @inline(__always)
  func run(_ thread: Int, _ body: (inout ck_gradient) -> Void) {
    var own = unsafe gradient
    unsafe body(&own)
    unsafe largest[thread] = own.largest
  }
}
