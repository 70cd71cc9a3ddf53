import ONNX

/// How near a quantized model is to its float form, on the samples it was calibrated with.
public struct QuantizationReport: Sendable {
  /// An activation that is rounded to integers.
  public struct Activation: Sendable {
    public let name: String
    public let scale: Float
    public let zeroPoint: Int
    /// Signal-to-noise ratio in decibels.
    public let decibels: Double
    public let cosine: Double
  }

  public let calibration: Calibration
  /// Samples that were run.
  public let samples: Int
  /// Layers with integer weights.
  public let layers: Int
  /// Layers in front of the classifier that stay in float, and why.
  public let floatLayers: [QuantizationSites.FloatLayer]
  public let isEqualized: Bool
  public let isBiasCorrected: Bool
  /// In the order of the file.
  public let activations: [Activation]
  /// Of the model's first result.
  public let decibels: Double
  public let cosine: Double
}

/// A quantized model and how good it is.
public struct Quantization: Sendable {
  /// The ONNX file.
  public let bytes: [UInt8]
  public let report: QuantizationReport
}
