import IR
import Operators
import Support
import Testing
import Trace

struct TraceTests {
  @Test func namesAreThePathOfLabels() throws {
    let graph = try residualNetwork()
    let names = graph.ids.map { graph[$0].name }
    #expect(names.contains("block.depthwise.weight") && names.contains("classifier.bias"))
  }

  @Test func equalTracesAreEqual() throws {
    #expect(try residualNetwork().text(withData: true) == residualNetwork().text(withData: true))
  }

  @Test func textFormReadsBack() throws {
    let text = try residualNetwork().text(withData: true)
    #expect(try Graph(text: text, operators: registry).text(withData: true) == text)
  }

  @Test func errorsNameTheLayer() throws {
    let error = #expect(throws: TraceError.self) {
      _ = try trace([1, 4, 4, 2]) { x in x.scope("a") { $0.conv("b", outputs: 3, kernel: 9) } }
    }
    #expect(error?.path == "a.b")
    let taken = #expect(throws: TraceError.self) {
      _ = try trace([1, 4, 4, 2]) { x in
        x.conv("a", outputs: 2, kernel: 1).conv("a", outputs: 2, kernel: 1)
      }
    }
    #expect(taken?.path == "a.weight")
  }
}
