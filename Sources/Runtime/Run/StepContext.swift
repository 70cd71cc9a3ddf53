/// What changes from step to step and is no tensor.
@safe
public struct StepContext {
  /// Learning rate of this step, from the schedule in the image.
  public var learningRate: Float = 0
  /// Updates done before this one.
  public var step: UInt32 = 0
  /// Position in the accumulation window.
  public var isFirstMicroStep = true
  public var isLastMicroStep = true
  /// `SampleMemory` of a plan that reads samples where they lie.
  var sampleMemory: UnsafeMutableRawPointer?
  /// Where a plan that pages saved values out keeps its file.
  var pages: UnsafeMutablePointer<PageMemory>?

  public init() {}
}
