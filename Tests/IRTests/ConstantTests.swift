import IR
import Support
import Testing

/// Element `index` of a permuted tensor is where the definition says, for every dtype width.
@Test(arguments: [[2, 0, 3, 1], [0, 1, 2, 3], [3, 2, 1, 0]], [DType.i8, .i16, .f32, .f64])
func permutationsFollowTheirDefinition(permutation: [Int], dtype: DType) {
  let stored = [2, 3, 1, 4]
  let width = dtype.bytes(1)
  let count = 24
  let bytes = (0..<(count * width)).map { UInt8($0) }
  let shape = permutation.map { stored[$0] }
  let constant = Constant(
    TensorType(shape, dtype), storage: OwnedBytes([9, 9, 9] + bytes + [7]), offset: 3,
    layout: .init(shape: stored, permutation: permutation))
  let result = constant.bytes()
  #expect(result.count == bytes.count)
  for element in 0..<count {
    var index = [Int](repeating: 0, count: 4)
    var rest = element
    for axis in shape.indices.reversed() {
      index[permutation[axis]] = rest % shape[axis]
      rest /= shape[axis]
    }
    let source = zip(index, stored).reduce(0) { $0 * $1.1 + $1.0 }
    #expect(result[(element * width)..<((element + 1) * width)] == bytes[(source * width)..<((source + 1) * width)])
  }
}

@Test(arguments: [[], [0], [3, 0, 2], [1, 1]]) func smallAndEmptyTensorsPermute(shape: [Int]) {
  let count = shape.reduce(1, *)
  let floats = (0..<count).map(Float.init)
  let axes = Array(shape.indices.reversed())
  let storage = OwnedBytes(bytes(floats))
  let layout = Constant.StoredLayout(shape: shape, permutation: axes)
  #expect(Constant(TensorType(axes.map { shape[$0] }), storage: storage, layout: layout).floats() == floats)
}

@Test func bitsTakeWholeBytes() {
  #expect([0, 1, 8, 9].map(DType.bit.bytes) == [0, 1, 1, 2])
  #expect(DType.allCases.map { $0.bytes(3) } == [12, 24, 3, 3, 6, 12, 24, 3, 1, 8, 12])
}

@Test func everyNameHasAStreamOfItsOwn() {
  func draw(_ seed: UInt64, _ name: String) -> [Float] {
    Constant(TensorType(50), uniform: 2, seed: seed, name: name).floats()
  }
  #expect(draw(1, "a") == draw(1, "a"))
  #expect(draw(1, "a") != draw(1, "b"))
  #expect(draw(1, "a") != draw(2, "a"))
  #expect(draw(1, "a").allSatisfy { $0 >= -2 && $0 < 2 })
}
