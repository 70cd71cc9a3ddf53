import Foundation
import SwiftProtobuf
import Testing

@testable import ONNX

/// Real networks go out as they came in.
@Suite(.enabled(if: Oracle.python != nil))
struct ExportNetworkTests {
  @Test(arguments: ["mobilenetv2", "efficientnet-lite0"])
  func predictionsStayAndTheUnfoldedFormIsTheFile(net: String) throws {
    let path = Oracle.folder + "/models/\(net).onnx"
    let original = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let model = try ONNXModel(path: path)
    let folded = try model.exported([])
    let proto = try Onnx_ModelProto(serializedBytes: folded)
    #expect(!proto.operators.contains("BatchNormalization"))
    try expectEqual([(original, folded)], rtol: 1e-4)
    var options = ExportOptions()
    options.unfold = true
    let unfolded = try Onnx_ModelProto(serializedBytes: model.exported([], options))
    #expect(try unfolded == Onnx_ModelProto(serializedBytes: original))
  }
}
