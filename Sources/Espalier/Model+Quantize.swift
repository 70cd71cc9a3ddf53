import Emit
import IR
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
  /// - Throws: `QuantizeError`, `ImportError`, `ExportError`, and `EspalierError.sampleShape`.
  public func quantized(
    on samples: Samples, _ options: QuantizeOptions = QuantizeOptions(),
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> Quantization {
    let input = file.inputNames.first ?? ""
    return try quantize(file, options, progress: progress) { axes in try samples.calibration(axes, input) }
  }
}

extension Samples {
  /// The training part for a network that takes such samples.
  ///
  /// - Throws: `EspalierError.sampleShape`.
  fileprivate func calibration(_ axes: SampleAxes, _ input: String) throws(EspalierError) -> CalibrationSamples {
    let array = PlanArray(axes)
    do { try pack.form.check(for: array) } catch { throw self.error(error, input: input, array) }
    return CalibrationSamples(count: trainCount) { index in
      [Float](unsafeUninitializedCapacity: axes.count) { buffer, count in
        if let base = buffer.baseAddress {
          pack.copy(index, to: SampleBuffer(Elements(base: base, count: axes.count)), for: array)
        }
        count = axes.count
      }
    }
  }
}
