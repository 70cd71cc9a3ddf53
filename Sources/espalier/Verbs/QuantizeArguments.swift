import ArgumentParser
import Espalier
import Quantize

extension Calibration: ExpressibleByArgument {}
extension Choice: ExpressibleByArgument {}

/// Options of `quantize` that say how.
struct QuantizeArguments: ParsableArguments {
  @Option(help: "Ranges of activations: minmax, percentile or mse (least squared error).")
  var calibration = QuantizeOptions().calibration

  @Option(help: ArgumentHelp("Most samples to calibrate with.", valueName: "n"))
  var samples = QuantizeOptions().samples

  @Option(
    help: ArgumentHelp(
      "Percentage of values within either end of a range, for --calibration percentile; \(QuantizeOptions().percentile) by default.",
      valueName: "x"))
  var percentile: Double?

  @Option(help: "Cross-layer equalization, for models that are not trained: on, off, or auto (if results gain by it).")
  var equalization = QuantizeOptions().equalization

  @Option(help: "Corrects the mean of each channel through its bias: on, off, or auto (if results gain by it).")
  var biasCorrection = QuantizeOptions().biasCorrection

  func validate() throws {
    guard (1...1 << 20).contains(samples) else { throw ValidationError("--samples must be from 1 to 1048576.") }
    guard let percentile else { return }
    guard percentile > 50, percentile <= 100 else {
      throw ValidationError("--percentile must be above 50 and at most 100.")
    }
    guard calibration == .percentile else {
      throw ValidationError("--percentile is that of --calibration percentile: give both, or leave it out.")
    }
  }

  func options(inputShape: ShapeArgument?) -> QuantizeOptions {
    var options = QuantizeOptions()
    options.calibration = calibration
    options.samples = samples
    if let percentile { options.percentile = percentile }
    options.equalization = equalization
    options.biasCorrection = biasCorrection
    options.inputShape = inputShape?.sizes
    return options
  }
}
