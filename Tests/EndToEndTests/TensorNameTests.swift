import Driver
import Support
import Testing

@testable import Espalier
@testable import ONNX

/// Tensors of a model may have any names, those too that the compiler gives to what it adds.
struct TensorNameTests {
  /// Layers, activations and results under names that training uses for itself.
  private static let names = [
    "pw": "state:momentum:stem", "dw": "labels", "dw_bias": "scales:fold:labels", "stem": "state:x",
    "fc": "seed:loss", "fc_bias": "targets", "b": "gradient:state:x",
  ]

  private let training: SmallTraining
  init() throws { training = try SmallTraining() }

  /// The model with other names, which its file says in every place.
  private func renamed(_ names: [String: String] = names) throws -> Model {
    var proto = try Onnx_ModelProto(serializedBytes: training.scratch.read("m.onnx"))
    func name(_ old: String) -> String { names[old] ?? old }
    for index in proto.graph.initializer.indices {
      proto.graph.initializer[index].name = name(proto.graph.initializer[index].name)
    }
    for index in proto.graph.node.indices {
      proto.graph.node[index].input = proto.graph.node[index].input.map(name)
      proto.graph.node[index].output = proto.graph.node[index].output.map(name)
    }
    proto.graph.valueInfo = []
    try training.scratch.write("names.onnx", proto.serializedBytes())
    return try Model(path: training.scratch.file("names.onnx"))
  }

  private func trained(_ model: Model, _ mode: NumberMode) throws -> Trainer {
    var options = CompileOptions.training(mode)
    (options.optimizer, options.accumulate, options.spikeGuard) = (.momentum, 2, 50)
    return try Trainer(Plan.compile(model, policy: .full, options: options))
  }

  /// Factors of a layer's outputs bear `<weight>.scale`; where a layer's tensor does, they bear another name.
  @Test func factorsDoNotTakeTheNameOfATensor() throws {
    let options = CompileOptions.training(.f32)
    let trainers = try [training.model, renamed(["dw": "pw.scale"])].map {
      try Trainer(Plan.compile($0, policy: .preset("scale"), options: options))
    }
    let names = trainers.map { Set($0.plan.trainedVariables.map(\.name)) }
    #expect(names[0].contains("pw.scale") && names[1].contains("pw.scale.2") && !names[1].contains("pw.scale"))
    let losses = try trainers.map { try $0.losses(on: training.samples, steps: 12) }
    #expect(losses[0] == losses[1])
    let exports = try trainers.map { try ONNXModel(bytes: $0.exported(), path: "e.onnx") }
    #expect(try exports[0].initializer("pw")?.floats() == exports[1].initializer("pw")?.floats())
    #expect(try exports[0].initializer("dw")?.floats() == exports[1].initializer("pw.scale")?.floats())
  }

  @Test func floatsLearnTheSame() throws {
    let (plain, other) = try (trained(training.model, .f32), trained(renamed(), .f32))
    #expect(try other.losses(on: training.samples, steps: 12) == plain.losses(on: training.samples, steps: 12))
    let exports = try [plain, other].map { try ONNXModel(bytes: $0.exported(), path: "e.onnx") }
    for name in ["stem", "pw", "dw", "dw_bias"] {
      let renamed = try #require(Self.names[name])
      let values = try exports[1].initializer(renamed)?.floats()
      #expect(try values != nil && values == exports[0].initializer(name)?.floats(), "\(name)")
      #expect(try values != training.model.file.initializer(name)?.floats() || name == "stem", "\(name)")
    }
  }

  @Test(arguments: [NumberMode.i8, .i16g]) func integersLearnTheSame(mode: NumberMode) throws {
    let models = try [("plain", training.model), ("renamed", renamed())].map { name, model in
      try training.scratch.write(name + "-q.onnx", model.quantized(on: training.samples).bytes)
      return try Model(path: training.scratch.file(name + "-q.onnx"))
    }
    let trainers = try models.map { try trained($0, mode) }
    let losses = try trainers.map { try $0.losses(on: training.samples, steps: 12) }
    #expect(losses[0] == losses[1])
    // What training remembers is told from what it trains.
    #expect(try trainers[0].counters() == trainers[1].counters())
    let counts = trainers.map { $0.plan.trainedVariables.count }
    #expect(counts[0] == counts[1] && counts[0] == trainers[0].plan.metadata.parameters.count)
    _ = try trainers[1].exported()
  }
}
