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
  /// Samples of another shape than the model's input; pictures are height x width x channels.
  case sampleDiffers(CompactShape, expected: CompactShape)
  /// Numbers where the plan's loss compares with classes.
  case labelsDiffer
  /// Targets of another shape than the plan's loss compares with.
  case targetsDiffer(CompactShape, expected: CompactShape)
  /// A class that the plan has not got.
  case label(sample: UInt64, value: Int32, classes: UInt32)
  /// A sample, or its label, with a float that is infinite or not a number.
  case notFinite(sample: UInt64)
  /// A part of the data that does not fill one batch.
  case tooFewSamples(have: Int, needed: Int)
  /// A sample for which the network gives infinities or no numbers.
  case results(sample: UInt64)
  /// Samples that pass by, for a plan that reads them where they lie.
  case readInPlace
}
