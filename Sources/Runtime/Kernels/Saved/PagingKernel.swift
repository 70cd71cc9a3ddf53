import CPlatform

/// Operands of `pageOut`: a handle of 16 bytes, x; of `pageIn`: x, the handle.
public struct PageParameters: KernelParameters {
  /// Bytes of the handle of a value that is paged out.
  public static var placeholder: Int { 16 }

  public var count: Int32
  /// Raw value of `ElementType`.
  public var element: Int32
  public var isIn: Int32
  /// Where the value lies in the page file, in units of 16 bytes.
  public var place: UInt32

  public init(count: Int, element: ElementType, isIn: Bool, offset: Int) {
    self.count = Int32(count)
    self.element = Int32(element.rawValue)
    self.isIn = isIn ? 1 : 0
    place = UInt32(offset / 16)
  }

  var elementType: ElementType { ElementType(rawValue: UInt8(truncatingIfNeeded: element)) ?? .f32 }

  /// End of the value in the page file.
  var end: CheckedSize { CheckedSize(place) * 16 + CheckedSize(elementType.bytes(Int(count))) }

  private var placeholder: Int { isIn == 1 ? 1 : 0 }

  public func isValid(for opcode: OpCode) -> Bool { (opcode == .pageIn) == (isIn == 1) }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard count > 0, count < 1 << 28, 0...1 ~= isIn, ElementType(rawValue: UInt8(clamping: element)) != nil, index < 2
    else { return nil }
    return index == placeholder ? Self.placeholder : Int(count)
  }

  public func type(of index: Int) -> OperandType { .element(index == placeholder ? .u8 : elementType) }
}

/// Writes a value to the page file, so that its memory is free until backward, or the next update, asks for it.
func pageOut(_ call: Call, _ context: StepContext) {
  let p = call.parameters(PageParameters.self)
  call.elements(0, UInt8.self).first(PageParameters.placeholder).fill(0)
  let bytes = call.elements(1, UInt8.self)
  guard let pages = unsafe context.pages else { return }
  let cause = unsafe cp_write_page(
    pages.pointee.file, bytes.pointer, p.elementType.bytes(Int(p.count)), UInt64(p.place) &* 16)
  unsafe pages.pointee.note(cause)
}

/// Reads a value from the page file; zeros where it cannot be read.
func pageIn(_ call: Call, _ context: StepContext) {
  let p = call.parameters(PageParameters.self)
  let bytes = call.elements(0, UInt8.self)
  let count = p.elementType.bytes(Int(p.count))
  var cause: Int32 = 0
  if let pages = unsafe context.pages {
    cause = unsafe cp_read_page(pages.pointee.file, bytes.pointer, count, UInt64(p.place) &* 16)
    unsafe pages.pointee.note(cause)
  }
  if unsafe context.pages == nil || cause != 0 { unsafe bytes.pointer.update(repeating: 0, count: count) }
}
