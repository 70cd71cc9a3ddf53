import IR
import ONNX

/// What is compiled, and how; every stage reads it, none changes it.
struct CompileRequest: Sendable {
  /// Reads the network as options say.
  let load: @Sendable (CompileOptions) throws -> Network
  var options: CompileOptions
  /// Chooses formats of gradients in mode `auto`.
  var chooseFormats: FormatChooser?
  /// Is told how far the search is, and may end it.
  var watch = CompileWatch.none
  /// The stage to print instead of an image.
  var stop: CompileStage?

  init(_ model: ONNXModel, _ options: CompileOptions, choosing formats: FormatChooser? = nil) {
    let digest = model.digest
    load = { options in try Network(model, options, digest: digest) }
    self.options = options
    chooseFormats = formats
  }

  /// - Parameter graph: a traced network; its batch is that of its input.
  init(traced graph: Graph, _ options: CompileOptions) {
    load = { _ in try Network(traced: graph) }
    self.options = options
  }

  /// The same under other options, to its end.
  func with(_ options: CompileOptions) -> CompileRequest {
    var request = self
    request.options = options
    request.stop = nil
    return request
  }
}

/// Looks at gradients in float and says which layers take which format.
public typealias FormatChooser = @Sendable (GradientProbe) throws -> GradientFormats
