import Runtime
import Testing

@testable import Deploy

struct DispatchTests {
  private func kernels(_ opcodes: OpCode...) -> KernelSet {
    var kernels = KernelSet()
    for opcode in opcodes { kernels.insert(opcode) }
    return kernels
  }

  @Test func theTableNamesTheKernelsOfThePlan() {
    let text = DispatchSource(kernels(.relu, .quantizedConv), RunnerParts([.train])).text
    #expect(text.contains("switch opcode {\n  case .quantizedConv,\n    .relu: true\n  default: false"))
    #expect(text.contains("case 1: .relu\n  case 310: .quantizedConv\n  default: nil"))
    #expect(text.contains("switch part {\n  case .train: true\n  default: false"))
  }

  @Test func aRunnerOfNothingAnswersNo() {
    let text = DispatchSource(KernelSet(), RunnerParts([])).text
    #expect(text.contains("isBuilt(_ opcode: OpCode) -> Bool {\n  false\n}"))
    #expect(text.contains("onlyImage: Digest? {\n  nil\n}"))
  }

  /// A sealed runner says by its table which image it takes.
  @Test func aSealedRunnerKnowsItsImage() {
    var digest = Digest()
    digest.c = 77
    #expect(DispatchSource(KernelSet(), RunnerParts([.train], image: digest)).text.contains("  digest.c = 77\n"))
  }

  /// C families are linked one by one: those that rows call, and those alone.
  @Test func onlyCalledFamiliesAreLinked() {
    var set = kernels(.depthwiseConv, .relu)
    #expect(set.families.isEmpty)
    set.insert(.vectors)
    #expect(set.families == [.depthwise])
    let integers = ["-DCK_TILES=0", "-DCK_DEPTHWISE8=0", "-DCK_UPDATE8=0", "-DCK_ELEMENTS8=0"]
    let floats = ["-DCK_SGEMM=0", "-DCK_DEPTHWISE_DX=0", "-DCK_DEPTHWISE_DW=0", "-DCK_MASKS=0"]
    #expect(set.cOptions == floats + integers)
    set.insert(.maskGrad)
    #expect(set.families == [.depthwise, .masks])
    set.insert(.matMul)
    let called: [KernelFamily] = [.sgemm, .depthwise, .masks]
    #expect(set.families == called)
    set.insert(.quantizedConv)
    #expect(set.families == called)
    set.insertTiled(.quantizedConv)
    #expect(set.families == called + [.tiles])
    set.removeTiles()
    #expect(set.families == called)
  }
}
