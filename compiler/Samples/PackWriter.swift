import IR
import Runtime

/// Writes samples in the form that training maps: header, samples, labels, names of the classes, digest.
public struct PackWriter {
  private let source: any SampleSource
  private let normalization: Normalization
  private let samples: [Int]
  /// Where everything stands.
  public let header: PackHeader

  /// - Throws: `normalization`, `tooLarge`.
  public init(_ source: any SampleSource, _ options: PackOptions = PackOptions()) throws(DataFileError) {
    let form = source.form
    self.source = source
    normalization = try Normalization(options, form, path: source.path)
    let (samples, train) = options.selection(of: source.labels.samples)
    guard !samples.isEmpty else { throw .noSamples(path: source.path) }
    guard samples.count <= Int(Int32.max), form.elements <= Int(Int32.max) else { throw .tooLarge(path: source.path) }
    self.samples = samples
    var header = PackHeader()
    header.samples = UInt32(samples.count)
    header.trainSamples = UInt32(train)
    header.input.type = form.type.rawValue
    header.input.layout = form.layout.rawValue
    header.input.shape = ArrayShape(form.shape)
    if form.type == .u8 { normalization.describe(in: &header.input) }
    switch source.labels {
    case .classes(_, let count, _): header.classes = UInt32(count)
    case .targets(_, let shape):
      header.target.type = SampleType.f32.rawValue
      header.target.shape = ArrayShape(shape)
    }
    let sampleBytes = samples.count * form.bytes
    header.input.bytes = TableSpan(offset: aligned(PackHeader.size), count: sampleBytes)
    let labels = aligned(aligned(PackHeader.size) + sampleBytes)
    let labelBytes = 4 * samples.count * source.labels.width
    header.target.bytes = TableSpan(offset: labels, count: labelBytes)
    header.classNames = TableSpan(offset: labels + labelBytes, count: classNames(source.labels).count)
    header.names = TableSpan(offset: Int(header.classNames.offset + header.classNames.count))
    header.length = header.names.offset + UInt64(Digest.size)
    self.header = header
  }

  /// Calls `put` with the bytes of the file, piece by piece, and `progress` with the samples done.
  ///
  /// - Throws: what reading a sample throws, and what `put` throws.
  public func write(
    progress: (Int) -> Void = { _ in }, to put: (UnsafeRawBufferPointer) throws(DataFileError) -> Void
  ) throws(DataFileError) {
    var tally = Tally()
    func write(_ bytes: [UInt8]) throws(DataFileError) {
      let result = bytes.withUnsafeBytes { raw in
        tally.add(raw)
        return Result { () throws(DataFileError) in try put(raw) }
      }
      try result.get()
    }
    func pad(to offset: UInt64) throws(DataFileError) {
      try write([UInt8](repeating: 0, count: Int(offset) - tally.count))
    }
    try write(raw([header]))
    try pad(to: header.input.bytes.offset)
    for start in stride(from: 0, to: samples.count, by: together) {
      let count = min(together, samples.count - start)
      let read = try concurrently(count) { index throws(DataFileError) in try sample(samples[start + index]) }
      for (index, bytes) in read.enumerated() {
        try write(bytes)
        progress(start + index + 1)
      }
    }
    try pad(to: header.target.bytes.offset)
    switch source.labels {
    case .classes(let classes, _, _): try write(raw(samples.map { classes[$0] }))
    case .targets(let values, _):
      let width = source.labels.width
      try write(raw(samples.flatMap { values[($0 * width)..<(($0 + 1) * width)] }))
    }
    try write(classNames(source.labels))
    try write(raw([tally.digest()]))
  }

  /// Samples that are read at the same time, on all processors: a few each, and no more than some megabytes.
  private var together: Int { min(64, max(1, (4 << 20) / max(source.form.bytes, 1))) }

  /// A sample as it is written.
  private func sample(_ index: Int) throws(DataFileError) -> [UInt8] {
    var bytes = try source.sample(index)
    guard source.form.type != .f32 || normalization.apply(&bytes, source.form) else {
      throw .outOfRange(path: source.path)
    }
    return bytes
  }

  /// The file in memory, on a multiple of 64 bytes as a mapping would be.
  ///
  /// - Throws: what reading a sample throws.
  public func packed() throws(DataFileError) -> AlignedBytes {
    let memory = AlignedBytes(count: Int(header.length))
    var position = 0
    try write { bytes in
      memory.store(bytes, at: position)
      position += bytes.count
    }
    return memory
  }
}

private func aligned(_ offset: Int) -> Int { (offset + 63) / 64 * 64 }

private func raw<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

/// JSON list of names.
private func classNames(_ labels: Labels) -> [UInt8] {
  guard case .classes(_, _, let names) = labels else { return Array("[]".utf8) }
  let quoted = names.map { name in
    let escaped = name.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.value < 0x20:
        "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
  return Array(("[" + quoted.joined(separator: ",") + "]").utf8)
}

/// Counts and hashes what is put out.
private struct Tally {
  private var hash = SHA256()
  private(set) var count = 0

  mutating func add(_ raw: UnsafeRawBufferPointer) {
    count += raw.count
    if let base = raw.baseAddress { hash.update(Bytes(base: base, count: raw.count)) }
  }

  mutating func digest() -> Digest { hash.finish() }
}
