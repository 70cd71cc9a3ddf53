import Glibc

extension CompileOptions {
  /// Learning rate of every planned update; the last entry holds for all later ones.
  ///
  /// Over `warmup` updates the rate rises linearly from zero, then it stays or falls to zero at the last planned update.
  var learningRates: [Float] {
    if schedule == .constant && warmup == 0 { return [learningRate] }
    return (0..<steps).map { step in
      if step < warmup { return learningRate * Float(step + 1) / Float(warmup) }
      let progress = Double(step - warmup) / Double(max(steps - warmup, 1))
      return Float(Double(learningRate) * schedule.factor(progress))
    }
  }
}

extension ScheduleKind {
  /// Share of the learning rate after `progress` (0 up to 1) of the updates behind the warm-up.
  ///
  /// Cosine: Loshchilov and Hutter, SGDR, 2017. REX: Chen, Wolfe and Kyrillidis, 2021.
  fileprivate func factor(_ progress: Double) -> Double {
    switch self {
    case .constant: 1
    case .linear: 1 - progress
    case .cosine: 0.5 * (1 + cos(.pi * progress))
    case .rex: (1 - progress) / (0.5 + 0.5 * (1 - progress))
    }
  }
}
