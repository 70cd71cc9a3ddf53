import ONNX

/// How ranges follow from what activations were seen to be.
public enum Calibration: String, Sendable, CaseIterable {
  /// From the smallest to the largest value.
  case minmax
  /// All values but a small share at either end.
  case percentile
  /// What makes the mean squared error of rounding and clipping smallest.
  case mse
}

/// Whether a step is taken.
public enum Choice: String, Sendable, CaseIterable {
  /// Where it brings the results nearer to those in float.
  case auto
  case on, off
}

/// How a float model becomes integers.
public struct QuantizeOptions: Hashable, Sendable {
  public var calibration = Calibration.mse
  /// Most samples to run, spread evenly over what there is.
  public var samples = 128
  /// Percentage of the values between either end of a range and the other end of the data.
  public var percentile = 99.999
  /// Cross-layer equalization. It brings results nearer to float, and training was seen to lose by it: steps of SGD depend
  /// on how the scale of a channel is shared between two layers. MobileNetV2, the last 12 layers on 3,000 Fashion-MNIST
  /// pictures, floats trained from the quantized file, one seed: mean loss of the epoch 1.07 instead of 0.83.
  public var equalization = Choice.off
  public var biasCorrection = Choice.auto
  /// Shape of the input in the file's own layout, where the file leaves it open.
  public var inputShape: [Int]?

  public init() {}
}

/// A model that cannot be quantized.
public enum QuantizeError: Error, Hashable, Sendable {
  case alreadyQuantized(path: String)
  /// No layer but the classifier, which stays float, and these, which have no form in integers.
  case nothingToQuantize(path: String, layers: [QuantizationSites.FloatLayer])
  /// Not exactly one input takes samples.
  case inputs(path: String, names: [String])
  /// An activation that is infinite or not a number on these samples.
  case notFinite(tensor: String)
  /// What a layer reads has no range: a defect.
  case noRange(tensor: String, layer: String)
}
