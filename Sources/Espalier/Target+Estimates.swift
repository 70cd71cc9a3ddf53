import Report

extension Target {
  /// `cortex-a76 with neon, dotprod`.
  var processor: String {
    instructionSets.isEmpty ? core : "\(core) with \(instructionSets.joined(separator: ", "))"
  }

  /// Milliseconds that the multiplications of a step take at one in each cycle of the core: no measurement, but the same
  /// yardstick for every plan. Nil where the clock varies.
  public func milliseconds(ofStep report: PlanReport) -> Double? {
    let macs = report.macsForward + report.macsBackward + report.macsUpdate
    return clockMHz.map { Double(macs) / Double($0) / 1000 }
  }

  /// Milliseconds that the storage takes for what a step pages out and in; nil without paging, or where its rates are not
  /// known.
  public func pagingMilliseconds(ofStep report: PlanReport) -> Double? {
    guard let paging = report.paging, let read = storageReadBytesPerSecond, let write = storageWriteBytesPerSecond
    else { return nil }
    return 1000 * Double(paging.bytesPerStep) * (1 / Double(read) + 1 / Double(write))
  }
}
