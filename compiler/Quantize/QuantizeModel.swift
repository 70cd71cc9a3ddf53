import IR
import ONNX

/// Quantizes a float model after training: int8 activations with a scale and zero point each, int8 weights with a scale for
/// each output channel, int32 biases; the classifier stays float.
///
/// Batch normalizations are folded first. Ranges come from running the samples. Equalization and bias correction are kept,
/// where that is left open, if they raise the signal-to-noise ratio of the model's result on these samples.
///
/// - Parameter progress: batches that have been run, and how many there will be.
/// - Parameter samples: the calibration samples for a network that takes such ones.
/// - Throws: `QuantizeError`, `ImportError`, `ExportError`, and what `samples` throws. Anything else is a defect.
public func quantize(
  _ model: ONNXModel, _ options: QuantizeOptions, progress: @escaping (Int, Int) -> Void = { _, _ in },
  samples: (SampleAxes) throws -> CalibrationSamples
) throws -> Quantization {
  guard !model.isQuantized else { throw QuantizeError.alreadyQuantized(path: model.path) }
  let read = try ONNXModel(bytes: model.raised().exported([]), path: model.path)
  let input = try NetworkInput(read, options)
  let plain = try read.withPlainLayers(input.tensors)
  let folded = try plain.map { try ONNXModel(bytes: $0.exported([]), path: model.path) } ?? read
  let network = try FloatNetwork(folded, input.tensors, input.importing)
  guard !network.sites.layers.isEmpty else {
    throw QuantizeError.nothingToQuantize(path: model.path, layers: network.sites.floatLayers)
  }
  let given = try samples(input.axes)
  let batches = given.batches(of: input.batch, count: options.samples)
  var quantizer = Quantizer(options, input, network.sites, batches, progress)

  var best = try quantizer.quantize(network)
  let left = try best.weightsWithoutLayer(input.importing)
  if !left.isEmpty {
    let rest = try FloatNetwork(folded, input.tensors, input.importing, leaving: left)
    guard !rest.sites.layers.isEmpty else {
      throw QuantizeError.nothingToQuantize(path: model.path, layers: rest.sites.floatLayers)
    }
    best = try quantizer.quantize(rest)
  }
  var isEqualized = false
  if options.equalization != .off,
    let tensors = Equalization.tensors(best.network.sites, channelMaxima: best.network.channelMaxima)
  {
    let equal = try ONNXModel(bytes: folded.exported(tensors), path: model.path)
    let candidate = try quantizer.quantize(FloatNetwork(equal, input.tensors, input.importing, leaving: left))
    isEqualized = options.equalization == .on || candidate.result.decibels > best.result.decibels
    if isEqualized { best = candidate }
  }
  let report = best.report(
    options.calibration, samples: given.distinct(options.samples, batch: input.batch), isEqualized: isEqualized)
  return Quantization(bytes: best.model.bytes, report: report)
}

/// The samples, and how far they have been run.
private struct Quantizer {
  private let options: QuantizeOptions
  private let importing: ImportOptions
  private let batches: [ArraySlice<[UInt8]>]
  /// Batches for bias correction, which keeps all of them in memory at once.
  private let correcting: [[UInt8]]
  private let progress: (Int, Int) -> Void
  private let total: Int
  private var done = 0

  init(
    _ options: QuantizeOptions, _ input: NetworkInput, _ sites: QuantizationSites, _ batches: [[UInt8]],
    _ progress: @escaping (Int, Int) -> Void
  ) {
    self.options = options
    self.batches = batches.groups(inMemory: input.keptBatchesInMemory)
    self.progress = progress
    importing = input.importing
    correcting = Array(batches.prefix(input.batchesInMemory))
    let ranges = options.calibration == .minmax ? batches.count : 2 * batches.count
    let correction = options.biasCorrection == .off ? 0 : correcting.count + batches.count
    let networks = options.equalization == .off || sites.pairs.isEmpty ? 1 : 2
    total = networks * (ranges + batches.count + correction)
  }

  private mutating func advance(_ batches: Int) {
    done += batches
    progress(min(done, total), total)
  }

  /// The best integers for a network.
  mutating func quantize(_ network: FloatNetwork) throws -> QuantizedNetwork {
    var network = network
    try network.observe(batches) { advance($0) }
    try network.calibrate(options, batches) { advance($0) }
    let plain = try compared(network, network.sites.layers.map(\.bias), isCorrected: false)
    guard options.biasCorrection != .off else { return plain }
    let biases = try plain.correctedBiases(correcting) { advance($0) }
    let corrected = try compared(network, biases, isCorrected: true)
    let isBetter = options.biasCorrection == .on || corrected.result.decibels > plain.result.decibels
    return isBetter ? corrected : plain
  }

  private mutating func compared(
    _ network: FloatNetwork, _ biases: [[Float]?], isCorrected: Bool
  ) throws -> QuantizedNetwork {
    var quantized = try QuantizedNetwork(network, biases: biases, isCorrected: isCorrected, importing)
    try quantized.compare(batches) { advance($0) }
    return quantized
  }
}
