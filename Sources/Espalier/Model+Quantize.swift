import ONNX
import Quantize
import Runtime

// What programs name when they quantize.
public typealias QuantizeOptions = Quantize.QuantizeOptions
public typealias Quantization = Quantize.Quantization
public typealias QuantizationReport = Quantize.QuantizationReport
public typealias QuantizeError = Quantize.QuantizeError

extension Model {
  /// The model in integers, calibrated with the training part of the samples, as the bytes of an ONNX file.
  ///
  /// - Parameter progress: batches that have been run, and how many there will be.
  /// - Throws: `QuantizeError`, `ImportError`, `ExportError`, and `EspalierError.data` for samples of another shape.
  public func quantized(
    on samples: Samples, _ options: QuantizeOptions = QuantizeOptions(),
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> Quantization {
    try quantize(file, options, progress: progress) { shape in try samples.calibration(shape) }
  }
}

extension Samples {
  /// The training part for a network that takes samples of this shape.
  ///
  /// - Throws: `EspalierError.data` for another shape.
  fileprivate func calibration(_ shape: SampleShape) throws(EspalierError) -> CalibrationSamples {
    let header = pack.header
    let isSame =
      Int(header.channels) == shape.channels && Int(header.height) == shape.height && Int(header.width) == shape.width
    guard pack.layout == .plain ? pack.sampleElements == shape.count : isSame else {
      throw .data(
        path: path,
        .sampleDiffers(
          channels: header.channels, height: header.height, width: header.width,
          expectedChannels: UInt32(shape.channels), expectedHeight: UInt32(shape.height),
          expectedWidth: UInt32(shape.width)))
    }
    return CalibrationSamples(count: trainCount) { index in
      [Float](unsafeUninitializedCapacity: shape.count) { buffer, count in
        if let base = buffer.baseAddress {
          pack.copy(index, to: SampleBuffer(Elements(base: base, count: shape.count)))
        }
        count = shape.count
      }
    }
  }
}
