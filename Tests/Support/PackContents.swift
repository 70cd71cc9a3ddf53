import Runtime

/// Samples and labels ready to be packed; all samples have the sides that the header states.
public struct PackContents {
  /// Everything but tables, counts and length.
  public var header: PackHeader
  /// Samples one behind the other, in the header's layout and element type.
  public var samples: [UInt8]
  /// `i32` or `f32` as the header says, sample by sample.
  public var labels: [UInt8]
  /// JSON list of class names, or empty.
  public var classNames: [UInt8] = []

  public init(header: PackHeader, samples: [UInt8], labels: [UInt8], classNames: [UInt8] = []) {
    self.header = header
    self.samples = samples
    self.labels = labels
    self.classNames = classNames
  }

  /// The bytes of the packed file; the same contents give the same bytes.
  public func bytes() -> [UInt8] {
    var header = header
    var file = [UInt8](repeating: 0, count: PackHeader.size)
    func append(_ table: [UInt8], alignment: Int) -> TableSpan {
      while file.count % alignment != 0 { file.append(0) }
      file += table
      return TableSpan(offset: file.count - table.count, count: table.count)
    }
    header.input.bytes = append(samples, alignment: 64)
    header.target.bytes = append(labels, alignment: 64)
    header.classNames = append(classNames, alignment: 1)
    header.names = append([], alignment: 1)
    header.length = UInt64(file.count + Digest.size)
    file.replaceSubrange(..<PackHeader.size, with: Support.bytes([header]))
    let memory = AlignedBytes(file)
    return withExtendedLifetime(memory) { file + Support.bytes([Digest(of: memory.bytes)]) }
  }
}
