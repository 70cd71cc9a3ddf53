/// What one run of the train program came to.
public struct StepReport: Equatable, Sendable {
  /// Updates done so far, this one included.
  public var step: UInt32
  /// Whether this run ended an accumulation window and updated the weights.
  public var isUpdate: Bool
  /// Mean loss over the samples of this run.
  public var loss: Float
  /// Samples whose largest logit was the right class; nil for losses without classes.
  public var correct: Int32?
  public var samples: Int
  /// Learning rate of the window this run belongs to.
  public var learningRate: Float

  /// False once the loss is NaN or infinite: training has diverged.
  public var isFinite: Bool { loss.isFinite }
}
