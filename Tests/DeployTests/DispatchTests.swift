import Testing

@testable import Deploy

struct DispatchTests {
  private let source = [
    "func run(_ opcode: OpCode) -> Bool {", "  switch opcode {", "  case .relu, .reluGrad: first()",
    "  case .conv,", "    .matMul:", "    second()", "  case .pad: third()", "  }", "}",
  ]

  @Test func onlyTheNamedOpcodesStay() {
    #expect(
      narrowed(source, to: ["reluGrad", "matMul"], otherwise: "false") == [
        "func run(_ opcode: OpCode) -> Bool {", "  switch opcode {", "  case .reluGrad: first()",
        "  case .matMul:\n    second()", "  default: false", "  }", "}",
      ])
  }

  @Test func aDefaultOfTheSourceStays() {
    let lines = ["switch opcode {", "case .relu: a()", "default: b()", "}"]
    #expect(narrowed(lines, to: [], otherwise: "c()") == ["switch opcode {", "default: b()", "}"])
  }

  @Test func otherSwitchesAreLeftAlone() {
    let lines = ["switch kind {", "case .relu: a()", "}"]
    #expect(narrowed(lines, to: [], otherwise: "c()") == lines)
  }
}
