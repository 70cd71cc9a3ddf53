import Runtime

/// A family of C kernels, written once for each instruction set: an entry of `ck_table`.
///
/// A runner links the families that its plan's rows call. Without one its kernels in Swift give the same bits, slower.
/// Sums of columns and of tensors use what is linked for others: they are too short to be worth a family.
enum KernelFamily: CaseIterable {
  case sgemm, depthwise, depthwiseGradInput, depthwiseGradWeight, masks
  /// Those of integer networks: products in tiles, depthwise layers, updates.
  case tiles, depthwise8, update8, elements8

  /// The kernels that call it.
  var callers: Set<OpCode> {
    switch self {
    case .sgemm: [.conv, .convGradInput, .convGradWeight, .matMul]
    case .depthwise: [.depthwiseConv]
    case .depthwiseGradInput: [.depthwiseGradInput]
    case .depthwiseGradWeight: [.depthwiseGradWeight]
    case .masks: [.bitMask, .maskGrad]
    case .tiles: [.quantizedConv, .quantizedGradInput, .quantizedGradWeight, .gradWeightUpdate]
    case .depthwise8:
      [.quantizedDepthwise, .quantizedDepthwiseGradInput, .quantizedDepthwiseGradWeight, .depthwiseGradWeightUpdate]
    case .elements8: [.quantizedMask, .gradientRange, .gradientCast, .gradientSum]
    case .update8: [.quantizedUpdate, .gradWeightUpdate, .depthwiseGradWeightUpdate]
    }
  }

  var isOfIntegers: Bool {
    switch self {
    case .sgemm, .depthwise, .depthwiseGradInput, .depthwiseGradWeight, .masks: false
    case .tiles, .depthwise8, .update8, .elements8: true
    }
  }

  /// The name that `tables.h` knows it by: 0 there leaves it out of all tables.
  var macro: String {
    switch self {
    case .sgemm: "CK_SGEMM"
    case .depthwise: "CK_DEPTHWISE"
    case .depthwiseGradInput: "CK_DEPTHWISE_DX"
    case .depthwiseGradWeight: "CK_DEPTHWISE_DW"
    case .masks: "CK_MASKS"
    case .tiles: "CK_TILES"
    case .depthwise8: "CK_DEPTHWISE8"
    case .update8: "CK_UPDATE8"
    case .elements8: "CK_ELEMENTS8"
    }
  }
}

extension KernelSet {
  /// The families that the kernels call: of floats where vectors were asked for, of integers where rows were planned for
  /// them.
  var families: [KernelFamily] {
    let callers = traits.contains(.vectors) ? opcodes : []
    return KernelFamily.allCases.filter { !$0.callers.isDisjoint(with: $0.isOfIntegers ? tiled : callers) }
  }

  /// What leaves the other families out of the C tables.
  var cOptions: [String] {
    KernelFamily.allCases.filter { !families.contains($0) }.map { "-D\($0.macro)=0" }
  }
}
