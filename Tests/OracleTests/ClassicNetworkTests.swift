import Foundation
import Report
import Support
import Testing

/// The nine classic networks that the ONNX package ships compile for their biases and for the full update.
@Suite(.serialized, .enabled(if: Oracle.isPrepared))
struct ClassicNetworkTests {
  /// Name, weights and biases in all, tensors trained in full, biases (and the classifier's weight).
  static let networks = [
    ("bvlc_alexnet", 60_965_224, 16, 9), ("densenet121", 7_978_856, 364, 123), ("inception_v1", 6_998_552, 116, 59),
    ("inception_v2", 11_194_984, 209, 71), ("resnet50", 25_557_032, 161, 55), ("shufflenet", 1_393_320, 150, 52),
    ("squeezenet", 1_235_496, 52, 27), ("vgg19", 143_667_240, 38, 20), ("zfnet512", 87_250_536, 16, 9),
  ]

  @Test(arguments: networks)
  func compiles(name: String, parameters: Int, tensors: Int, biases: Int) throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    func report(_ policy: String) throws -> PlanReport {
      let json = try espalier(
        "compile", "--mode", "f32", "\(oracle.cache)/cases/light/\(name)/model.onnx", "-o", folder.file("p.plan"),
        "--policy", policy,
        "--cap", "none", "--json", "-q")
      return try JSONDecoder().decode(PlanReport.self, from: Data(json.utf8))
    }
    let (full, bias) = (try report("full"), try report("bias"))
    #expect(full.trainedParameters == parameters && full.trainedTensors.count == tensors)
    #expect(bias.trainedTensors.count == biases)
    #expect(bias.arenaBytes < full.arenaBytes)
    print("\(name): arena for biases \(bias.arenaBytes) bytes, for the full update \(full.arenaBytes)")
  }
}
