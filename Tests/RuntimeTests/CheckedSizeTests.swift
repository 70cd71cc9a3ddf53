import Runtime
import Testing

/// Sizes that came from a file: sums and products of any 64 bits, none of which may trap or wrap.
@Suite struct CheckedSizeTests {
  @Test("sums, differences and products that fit are themselves")
  func fits() {
    #expect((CheckedSize(3) + 4).int == 7)
    #expect((CheckedSize(3) * CheckedSize(5) - CheckedSize(15)).int == 0)
    #expect((CheckedSize(UInt64(1) << 32) * CheckedSize(UInt64(1) << 31)).isAtMost(UInt64(1) << 63))
  }

  @Test("what does not fit is unknown, and so is all that comes of it")
  func unknown() {
    let huge = CheckedSize(UInt64.max - 1)
    for size in [
      huge + 1, huge * 2, huge + huge, CheckedSize(-1), CheckedSize(Int32.min), CheckedSize(3) - CheckedSize(4),
      CheckedSize.unknown + 0, CheckedSize.unknown * 0, CheckedSize.unknown - CheckedSize(1),
      CheckedSize(0) * CheckedSize.unknown, CheckedSize(7) - CheckedSize.unknown,
    ] {
      #expect(size.isUnknown)
      #expect(size.int == nil)
      #expect(!size.isAtMost(Int.max) && !size.isAtMost(UInt64.max))
      #expect(!(size == -1))
    }
  }

  @Test("a size beyond Int is known, and no Int")
  func beyondInt() {
    let size = CheckedSize(UInt64(1) << 63)
    #expect(size.int == nil && !size.isUnknown)
    #expect(!size.isAtMost(Int.max) && size.isAtMost(UInt64(1) << 63))
    #expect(!CheckedSize(0).isAtMost(-1))
  }

  @Test("elements of a shape")
  func shapes() {
    #expect(CheckedSize(elementsOf: [2, 3, 4]) == 24)
    #expect(CheckedSize(elementsOf: [Int]()) == 1)
    #expect(CheckedSize(elementsOf: [Int64.max, 3]).isUnknown)
    #expect(CheckedSize(elementsOf: [1 << 40, 1 << 40, 0]).isUnknown)
    #expect(CheckedSize(elementsOf: [4, -1]).isUnknown)
  }
}
