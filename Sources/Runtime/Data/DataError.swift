/// Why packed data cannot be read, or does not go with a plan.
public enum DataError: Error, Equatable, Sendable {
  case notAPack
  case version(found: UInt32, supported: UInt32)
  case length(stated: UInt64, actual: UInt64)
  case misaligned
  case digest
  /// Counts, kinds or normalization that make no sense.
  case header
  /// Samples, labels or names that are not inside the file, or of another length than the counts say.
  case table
  /// Samples of other sides than the plan's input.
  case sampleDiffers(
    channels: UInt32, height: UInt32, width: UInt32, expectedChannels: UInt32, expectedHeight: UInt32,
    expectedWidth: UInt32)
  /// Classes where the plan wants targets, the reverse, or another number of targets.
  case labelsDiffer
  /// A class that the plan has not got.
  case label(sample: Int, value: Int32, classes: Int)
  /// A part of the data that does not fill one batch.
  case tooFewSamples(have: Int, needed: Int)
  /// Samples that pass by, for a plan that reads them where they lie.
  case readInPlace
}
