import Driver
import Support
import Testing

@testable import Espalier
@testable import ONNX

struct DamagedPlanTests {
  /// A plan as small as one can be: one dense layer.
  private func bytes() throws -> [UInt8] {
    var maker = ModelMaker()
    maker.input("x", [1, 3])
    maker.output("y", [1, 2])
    maker.weight("w", [2, 3])
    maker.node("Gemm", ["x", "w"], "y", [.int("transB", 1)])
    let model = Model(file: try maker.model())
    return try Plan.compile(model).bytes()
  }

  @Test func everyFlippedByteIsFound() throws {
    let whole = try bytes()
    #expect(try Plan(bytes: whole).bytes() == whole)
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= UInt8(truncatingIfNeeded: 1 << (index % 8))
      do throws(EspalierError) {
        _ = try Plan(bytes: bytes)
        Issue.record("byte \(index) of \(whole.count) was flipped and nobody noticed")
      } catch {
        guard case .image = error else {
          Issue.record("byte \(index): \(error)")
          continue
        }
      }
    }
  }

  @Test func everyShorterFileIsRefused() throws {
    let whole = try bytes()
    for count in 0..<whole.count {
      #expect(throws: EspalierError.self) { try Plan(bytes: Array(whole[..<count])) }
    }
    #expect(throws: EspalierError.self) { try Plan(bytes: whole + [0]) }
  }
}
