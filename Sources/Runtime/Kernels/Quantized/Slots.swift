/// Parameters of a kernel some of whose operands may be missing: each operand has a fixed slot, the row names those there.
///
/// Bit i of `slots` says whether slot i is there; the operands of the row are the present slots in order.
protocol SlottedParameters: KernelParameters {
  var slots: UInt32 { get }
  /// Slots that must be there; every other slot with an extent may be.
  static var required: UInt32 { get }
  /// Elements that the kernel touches of the operand in a slot; nil where the numbers make no sense.
  func extent(slot: Int) -> Int?
  func type(slot: Int) -> ElementType
  /// Whether the kernel writes the operand in a slot.
  func writes(slot: Int) -> Bool
}

extension SlottedParameters {
  /// The operand that stands in a slot; nil where it is missing.
  @inline(__always)
  func operand(_ slot: Int) -> Int? { slots.ones(below: slot) }

  private func slot(of operand: Int) -> Int? {
    var left = operand
    for slot in 0..<32 where slots &>> UInt32(slot) & 1 == 1 {
      if left == 0 { return slot }
      left &-= 1
    }
    return nil
  }

  public var operandCount: Int { slots.nonzeroBitCount }

  public func extent(of index: Int) -> Int? {
    guard slots & Self.required == Self.required, let slot = slot(of: index) else { return nil }
    return extent(slot: slot)
  }

  public func type(of index: Int) -> OperandType {
    guard let slot = slot(of: index) else { return .element(.u8) }
    return .element(type(slot: slot))
  }

  public func writes(_ index: Int) -> Bool {
    guard let slot = slot(of: index) else { return true }
    return writes(slot: slot)
  }

  func writes(slot: Int) -> Bool { slot == 0 || type(slot: slot) == .u8 }
}

extension UInt32 {
  /// Bits that are set below a bit; nil where that one is not.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  fileprivate func ones(below bit: Int) -> Int? {
    guard self &>> UInt32(bit) & 1 == 1 else { return nil }
    return (self & (1 &<< UInt32(bit) &- 1)).nonzeroBitCount
  }
}

extension Call {
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private func slotted(_ slot: Int, _ slots: UInt32) -> Elements<UInt8>? {
    slots.ones(below: slot).map { elements($0) }
  }

  /// The operand in a slot, where it is there.
  @inline(__always)
  func slot<P: SlottedParameters, T: BitwiseCopyable>(_ slot: Int, _ p: P, _: T.Type = T.self) -> Elements<T>? {
    self.slot(slot, p.slots)
  }

  @inline(__always)
  func slot<T: BitwiseCopyable>(_ slot: Int, _ slots: UInt32) -> Elements<T>? {
    slotted(slot, slots).map { $0.rebound() }
  }
}
