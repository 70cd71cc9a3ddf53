import CKernels

/// Some neighbours of a weight's gradient: the sums of products that they are made of, and room for them in real units.
struct GradientPart<E: GradientElement> {
  /// Its first element among all of the weight.
  let first: Int
  let sums: Elements<E.Sum>
  /// Scale of the gradient that was multiplied, and what it is multiplied with for element i: that of channel
  /// i / inner % channels. A part begins with a channel; one of more than all channels begins with the first.
  let scale: Float
  let scales: Elements<Float>
  let inner: Int
  let channels: Int
  /// Room for the gradients.
  let reals: Elements<Float>
  /// Whether the gradients are added to what stands there: sums of other samples, or of the pixels before.
  var addsUp = false

  /// The gradients in real units.
  @discardableResult
  @inline(never)
  func stored() -> Elements<Float> {
    let isEach = inner == 1
    let run = isEach ? min(channels, reals.count) : inner
    var channel = first / inner % channels
    for start in stride(from: 0, to: reals.count, by: run) {
      store(start, run, channel, isEach: isEach)
      if !isEach { channel &+= 1 }
    }
    return reals
  }

  /// Stores what there is and begins the sums anew: more products would not fit them.
  mutating func goOn() {
    stored()
    addsUp = true
    sums.first(reals.count).fill(E.zero)
  }

  /// `count` gradients of one channel, or of each.
  @inline(__always)
  private func store(_ start: Int, _ count: Int, _ channel: Int, isEach: Bool) {
    let (sums, reals) = (sums.from(start), reals.from(start))
    if isBuilt(.tiles), E.hasNarrowSum, let kernel = unsafe ck_kernels().pointee.reals {
      return unsafe kernel(
        Int32(count), sums.rebound(Int32.self).pointer, isEach ? scale : scale * scales[channel],
        isEach ? scales.from(channel).pointer : nil, addsUp ? 1 : 0, reals.pointer)
    }
    for i in 0..<count {
      let gradient = E.real(sums[i]) * (scale * scales[isEach ? channel &+ i : channel])
      reals[i] = addsUp ? reals[i] + gradient : gradient
    }
  }
}
