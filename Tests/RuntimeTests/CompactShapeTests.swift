import Testing

@testable import Runtime

struct CompactShapeTests {
  @Test(arguments: [
    [], [1], [7], [1 << 30], [2, 3], [1 << 14, 1 << 15], [3, 224, 224], [1 << 19, 2, 1], [1, 2, 3, 4], [5, 4, 3, 2, 1],
    [1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2, 2], [8, 7, 6, 5, 4, 3, 2, 127],
  ])
  func aShapeComesBack(sizes: [Int]) {
    #expect(CompactShape(ArrayShape(sizes)).shape == ArrayShape(sizes))
  }

  /// The elements are told where an axis has no room for its size.
  @Test(arguments: [[1 << 20, 1, 3], [1, 1, 1, 1, 1, 1, 1, 128]])
  func whatHasNoRoomIsOneAxis(sizes: [Int]) {
    #expect(CompactShape(ArrayShape(sizes)).shape == ArrayShape([sizes.reduce(1, *)]))
  }

  @Test func differentShapesDiffer() {
    let shapes = [[], [6], [2, 3], [3, 2], [1, 6], [6, 1], [1, 2, 3]].map { CompactShape(ArrayShape($0)) }
    for (index, shape) in shapes.enumerated() { #expect(shapes.firstIndex(of: shape) == index) }
  }
}
