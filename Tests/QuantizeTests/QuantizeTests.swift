import Evaluate
import IR
import Operators
import Passes
import Support
import SwiftProtobuf
import Testing

@testable import ONNX
@testable import Quantize

/// Whole networks, from floats to a file of integers.
struct QuantizeTests {
  private func graph(_ bytes: [UInt8]) throws -> Graph { try ONNXModel(bytes: bytes, path: "q.onnx").imported().graph }

  @Test(arguments: ["Relu", "Clip", "LeakyRelu"], Calibration.allCases)
  func integersComeNearToFloats(activation: String, calibration: Calibration) throws {
    var options = QuantizeOptions()
    options.calibration = calibration
    let result = try quantize(Networks.residual(activation).model(), options, samples: Networks.samples())
    #expect(result.report.cosine > 0.999 && result.report.decibels > 25)
    #expect(result.report.samples == 24 && result.report.layers == 5)
    for activation in result.report.activations { #expect(activation.cosine > 0.99, "\(activation)") }
  }

  @Test(arguments: ["Relu", "Clip"])
  func allLayersButTheClassifierComputeInIntegers(activation: String) throws {
    let result = try quantize(Networks.residual(activation).model(), .plain(), samples: Networks.samples())
    let graph = try graph(result.bytes)
    #expect(graph.isQuantized)
    let fused = try graph.withFloatClassifier().fusingIntegerLayers()
    #expect(fused.nodes.count { $0.op is QuantizedConv } == 4 && fused.nodes.count { $0.op is QuantizedDepthwise } == 1)
    #expect(fused.nodes.count { $0.op is QuantizedAdd } == 1 && fused.nodes.count { $0.op is QuantizedPool } == 1)
    #expect(fused.nodes.count { $0.op is Conv } == 1 && fused.nodes.allSatisfy { !($0.op is DepthwiseConv) })
  }

  @Test func fusedLayersComputeWhatTheFileSays() throws {
    let result = try quantize(Networks.residual().model(), .plain(), samples: Networks.samples())
    let graph = try graph(result.bytes)
    let fused = try graph.fusingIntegerLayers()
    let sample = Networks.samples()(SampleAxes(arena: [1, 8, 8, 3])).batches(of: 1, count: 1)[0]
    let logits = try [graph, fused].map { graph in
      let input = try #require(graph.value(named: "x"))
      let values = try Evaluator().evaluate(graph, inputs: [input: sample])
      return elements(values[graph.outputs[0].value] ?? [], as: Float.self)
    }
    let largest = logits[0].map(abs).max() ?? 0
    for (a, b) in zip(logits[0], logits[1]) { #expect(abs(a - b) < 0.02 * largest) }
  }

  @Test func integersHaveTheNamesOfTheirFloats() throws {
    let result = try quantize(Networks.residual().model(), .plain(), samples: Networks.samples())
    let graph = try graph(result.bytes)
    for name in ["stem", "dw", "pw", "last", "dense"] {
      #expect(graph.type(try #require(graph.value(named: name))).dtype == .i8)
    }
    for name in ["stem.bias", "dw_bias", "last_bias", "dense_bias"] {
      #expect(graph.type(try #require(graph.value(named: name))).dtype == .i32)
    }
    for name in ["fc", "fc_bias"] { #expect(graph.type(try #require(graph.value(named: name))).dtype == .f32) }
  }

  @Test func floatsThatAreGoneAreNotDeclared() throws {
    var maker = Networks.residual()
    maker.proto.graph.valueInfo = [.info("stem", [6, 3, 3, 3]), .info("d", [-1, 6, 8, 8])]
    let result = try quantize(maker.model(), .plain(), samples: Networks.samples())
    let proto = try Onnx_ModelProto(serializedBytes: result.bytes)
    #expect(proto.graph.valueInfo.map(\.name) == ["d"])
  }

  @Test func equalInputsGiveEqualBytes() throws {
    let model = try Networks.residual().model()
    let options = QuantizeOptions()
    let first = try quantize(model, options, samples: Networks.samples())
    #expect(try quantize(model, options, samples: Networks.samples()).bytes == first.bytes)
  }

  @Test func whatIsLeftOpenIsDecidedForTheBetter() throws {
    let model = try Networks.residual("Clip").model()
    var options = QuantizeOptions.plain()
    let plain = try quantize(model, options, samples: Networks.samples())
    options.equalization = .auto
    options.biasCorrection = .auto
    let best = try quantize(model, options, samples: Networks.samples())
    #expect(best.report.decibels >= plain.report.decibels)
  }

  @Test func fewerSamplesThanABatchSuffice() throws {
    let result = try quantize(Networks.residual().model(), .plain(), samples: Networks.samples(3))
    #expect(result.report.cosine > 0.99 && result.report.samples == 3)
  }

  @Test func noMoreSamplesAreRunThanAskedFor() throws {
    var options = QuantizeOptions.plain()
    for (wanted, run) in [(2, 2), (8, 8), (15, 8), (100, 24)] {
      options.samples = wanted
      nonisolated(unsafe) var seen: Set<Int> = []
      let result = try quantize(Networks.residual().model(), options) { shape in
        let source = Networks.samples()(shape)
        return CalibrationSamples(count: source.count) { index in
          seen.insert(index)
          return source.sample(index)
        }
      }
      #expect(seen.count == run && result.report.samples == run)
    }
  }

  @Test func progressEndsWhereItSaidItWould() throws {
    nonisolated(unsafe) var seen: [(Int, Int)] = []
    var options = QuantizeOptions()
    options.biasCorrection = .on
    _ = try quantize(
      Networks.residual().model(), options, progress: { seen.append(($0, $1)) }, samples: Networks.samples())
    #expect(seen.last.map { $0.0 == $0.1 } == true)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.0 < $1.0 })
  }

  // MARK: Refusals

  @Test func aQuantizedModelIsRefused() throws {
    let result = try quantize(Networks.residual().model(), .plain(), samples: Networks.samples())
    let again = try ONNXModel(bytes: result.bytes, path: "q.onnx")
    #expect(throws: QuantizeError.alreadyQuantized(path: "q.onnx")) {
      try quantize(again, .plain(), samples: Networks.samples())
    }
  }

  @Test func aClassifierAloneIsRefused() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 4])
    maker.output("y", [1, 2])
    maker.weight("w", [2, 4])
    maker.node("Gemm", ["x", "w"], "y", [.int("transB", 1)])
    let model = try maker.model(path: "m.onnx")
    #expect(throws: QuantizeError.nothingToQuantize(path: "m.onnx", layers: [])) {
      try quantize(model, .plain(), samples: Networks.samples())
    }
  }

  @Test func activationsThatAreNoNumbersAreRefused() throws {
    let model = try Networks.residual().model()
    #expect(throws: QuantizeError.notFinite(tensor: "c")) {
      try quantize(model, .plain()) { shape in
        CalibrationSamples(count: 1) { _ in [Float](repeating: 3e38, count: shape.count) }
      }
    }
  }
}
