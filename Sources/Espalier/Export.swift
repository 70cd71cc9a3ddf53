import Driver
import Foundation
import ONNX
import Samples

extension Trainer {
  /// The bytes of the ONNX file that the plan was compiled from, with the trained values in it.
  ///
  /// - Parameters:
  ///   - model: path of that file; nil looks where it was, then beside the plan.
  ///   - unfold: gives batch normalizations their own values back, instead of leaving them folded into convolutions.
  ///   - float: writes a quantized model in float. A plan in mode `f32` of such a model gives nothing else.
  /// - Throws: `EspalierError.modelNotFound`, `modelDiffers`, `noModel`, `tensor`, `import`, `export`.
  public func exported(model: String? = nil, unfold: Bool = false, float: Bool = false) throws(EspalierError) -> [UInt8]
  {
    guard let reference = plan.metadata.model else { throw .noModel }
    let file = try plan.findModel(model)
    let untrained: UntrainedNetwork
    do { untrained = try UntrainedNetwork(file, plan.metadata) } catch {
      guard let error = error as? ImportError else { throw .modelDiffers(path: file.path) }
      throw .import(error)
    }
    var tensors = try trainedTensors(untrained)
    let scales = try layerScales(untrained, &tensors)
    var head: ExportHead?
    if let replaced = plan.metadata.head {
      head = ExportHead(
        replaces: replaced.replaces, weight: try take(replaced.weightName, from: &tensors, untrained),
        bias: try take(replaced.biasName, from: &tensors, untrained), result: reference.output)
    }
    var options = ExportOptions()
    options.unfold = unfold
    options.float = untrained.isQuantized && (float || plan.report.mode == NumberMode.f32.rawValue)
    options.keepBatchNorm = reference.keepBatchNorm
    options.result = reference.output
    options.inputShape = reference.inputShape
    options.resultCount = outputs
    do {
      return try untrained.model.exported(tensors, scales: scales, head: head, origins: untrained.origins, options)
    } catch { throw .export(error) }
  }

  /// Writes the model with the trained values, whole or not at all.
  ///
  /// - Throws: as `exported`, and `EspalierError.samples` with what keeps the file from being written.
  public func export(to url: URL) throws(EspalierError) {
    let bytes = try exported()
    do { try writeFile(bytes, to: url.path) } catch { throw .samples(error) }
  }

  /// The tensor of that name out of the trained ones, or as it was before training where it is frozen.
  func take(
    _ name: String, from tensors: inout [ExportTensor], _ untrained: UntrainedNetwork
  ) throws(EspalierError) -> ExportTensor {
    guard let index = tensors.firstIndex(where: { $0.name == name }) else {
      return try untrained.tensor(name)
    }
    return tensors.remove(at: index)
  }
}

extension UntrainedNetwork {
  /// A constant in the layout of the file.
  ///
  /// - Throws: `EspalierError.tensor`.
  func tensor(_ name: String) throws(EspalierError) -> ExportTensor {
    let layout = layout(name)
    guard let values = values(name), let stored = layout.inFile(values) else { throw .tensor(name: name) }
    return ExportTensor(name: name, shape: layout.shape, values: stored)
  }
}
