extension Image {
  /// Magic, version and length: enough to know that header and digest are there.
  static func checkFrame(_ bytes: Bytes) throws(ImageError) {
    guard bytes.count >= 16, bytes.load(0, as: UInt64.self) == ImageHeader.magic else { throw .notAnImage }
    let version = bytes.load(8, as: UInt32.self)
    guard version == ImageHeader.version else { throw .version(found: version, supported: ImageHeader.version) }
    guard bytes.count >= ImageHeader.size + Digest.size else {
      throw .length(stated: zeroExtended(ImageHeader.size + Digest.size), actual: zeroExtended(bytes.count))
    }
    let header: ImageHeader = bytes.load(0)
    guard header.length == zeroExtended(bytes.count) else {
      throw .length(stated: header.length, actual: zeroExtended(bytes.count))
    }
    guard bytes.isAligned(to: ImageHeader.alignment) else { throw .misaligned }
    guard header.headerBytes == UInt32(ImageHeader.size) else { throw .sizes }
  }

  static func checkTables(_ h: ImageHeader, end: Int) throws(ImageError) {
    try check(h.plans, .plans, width: MemoryLayout<PlanRow>.stride, alignment: 8, end: end)
    guard h.plans.count > 0, h.plans.count <= zeroExtended(mostPlans) else { throw .table(.plans) }
    try check(h.rotation, .rotation, width: 4, alignment: 4, end: end)
    try checkTables(h.predict, end: end)
    try check(h.learningRates, .learningRates, width: 4, alignment: 4, end: end)
    guard h.learningRates.count > 0 else { throw .table(.learningRates) }
    try check(h.variables, .variables, width: MemoryLayout<VariableRow>.stride, alignment: 8, end: end)
    try check(h.names, .names, width: 1, alignment: 1, end: end)
    try check(h.metadata, .metadata, width: 1, alignment: 1, end: end)
    try check(h.constants, .constants, width: 1, alignment: zeroExtended(ImageHeader.alignment), end: end)
  }

  static func checkTables(_ h: ProgramHeader, end: Int) throws(ImageError) {
    try check(h.tensors, .tensors, width: MemoryLayout<TensorRow>.stride, alignment: 8, end: end)
    try check(h.words, .words, width: 4, alignment: 4, end: end)
  }

  private static func check(
    _ span: TableSpan, _ table: ImageTable, width: Int, alignment: UInt64, end: Int
  ) throws(ImageError) {
    guard span.lies(from: ImageHeader.size, to: end, width: zeroExtended(width), alignment: alignment) else {
      throw .table(table)
    }
  }

  func checkSizes() throws(ImageError) {
    let h = header
    let limit = zeroExtended(Int32.max)
    guard h.batch > 0, h.window > 0, h.inputs == 1, h.targets == 1, h.readsInPlace <= (isBuilt(.sampleCrop) ? 1 : 0)
    else {
      throw .sizes
    }
    guard h.classes <= UInt32(Int32.max), h.arenaBytes <= zeroExtended(Int.max) else { throw .sizes }
    guard h.pageBytes < 1 << 36, isBuilt(.pageOut) || h.pageBytes == 0, h.statePageBytes <= h.pageBytes,
      h.statePageBytes <= zeroExtended(Int.max)
    else {
      throw .sizes
    }
    // What says where samples and pages are stands at the end, aligned.
    guard (CheckedSize(h.persistentBytes) + controlBytes).isAtMost(h.arenaBytes),
      controlBytes == 0 || h.arenaBytes % 16 == 0
    else { throw .sizes }
    guard h.input.isSane, h.target.isSane, isName(h.input), isName(h.target) else { throw .sizes }
    // Each factor is below 2³², so the product stays under 2⁶⁴.
    guard zeroExtended(sampleElements) &* zeroExtended(h.batch) <= limit else { throw .sizes }
  }

  private func isName(_ array: PlanArray) -> Bool {
    zeroExtended(array.nameOffset) + zeroExtended(array.nameBytes) <= header.names.count
  }

  func checkVariables() throws(ImageError) {
    for index in 0..<variableCount {
      let row = variable(index)
      guard zeroExtended(row.nameOffset) + zeroExtended(row.nameBytes) <= header.names.count,
        zeroExtended(row.tensor) < zeroExtended(train.tensorCount)
      else { throw .variable(index: index) }
      let tensor = train.tensor(Int(row.tensor))
      let bytes = tensor.byteCount
      guard tensor.section == .arena,
        (CheckedSize(tensor.offset) + CheckedSize(bytes)).isAtMost(header.persistentBytes)
      else { throw .variable(index: index) }
      guard row.initial != VariableRow.zeros else { continue }
      guard row.initial <= header.constants.count, bytes <= header.constants.count &- row.initial else {
        throw .variable(index: index)
      }
    }
  }

  func checkLearningRates() throws(ImageError) {
    for index in 0..<header.learningRates.entries
    where !bytes.load(header.learningRates.start &+ 4 &* index, as: Float.self).isFinite {
      throw .learningRate(index: index)
    }
  }
}

extension TensorRow {
  /// Bytes of the tensor; its type must be known.
  var byteCount: UInt64 {
    let count = zeroExtended(count)
    switch type {
    case .bit?: return (count &+ 7) / 8
    case .i8?, .u8?, nil: return count
    case .i16?: return count &* 2
    case .f32?, .i32?: return count &* 4
    case .f64?, .i64?: return count &* 8
    case .q8?: return (count &+ 3) / 4 &* 4 &+ 4
    case .q16?: return (count &* 2 &+ 3) / 4 &* 4 &+ 4
    }
  }

  /// Bytes that the first element's address must be a multiple of.
  var alignment: UInt64 {
    switch type {
    case .bit?, .i8?, .u8?, nil: 1
    case .i16?: 2
    case .f32?, .i32?, .q8?, .q16?: 4
    case .f64?, .i64?: 8
    }
  }
}
