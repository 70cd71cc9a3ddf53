import IR
import Samples
import Support
import Testing

/// Arrays that are samples or labels in another shape, and those that are none.
struct SampleShapeTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan()
  }

  private func write(_ name: String, x: NumPyArray, y: NumPyArray? = nil) throws {
    var file = NPZ()
    file["x"] = x
    file["y"] = y
    try scratch.write(name, file.encoded(path: name))
  }

  private func floats(_ shape: Int...) -> NumPyArray {
    let count = shape.reduce(1, *)
    return NumPyArray(shape, floats: (0..<count).map { Float($0 * 7 % 23) / 23 })
  }

  private let classes = NumPyArray([4], integers: [0, 1, 2, 0])

  private func gradients(_ data: String) throws -> [UInt8] {
    let result = try scratch.espalier("gradients", "p.plan", "--data", data, "-o", "g.npz")
    #expect(result.status == 0, "\(result.errors)")
    return try scratch.read("g.npz")
  }

  @Test func flatRowsAreInTheModelsOwnOrder() throws {
    try write("own.npz", x: floats(4, 3, 8, 8), y: classes)
    let expected = try gradients("own.npz")
    for x in [floats(4, 192), floats(4, 3, 1, 8, 8), floats(4, 3, 8, 8, 1)] {
      try write("other.npz", x: x, y: classes)
      #expect(try gradients("other.npz") == expected, "\(x.shape)")
    }
  }

  @Test func otherShapesAreNamedWithWhatTheModelTakes() throws {
    for x in [floats(4, 8, 8, 3), floats(4, 8, 3, 8), floats(4, 3, 64), floats(4, 24, 8), floats(4, 3, 8, 16)] {
      try write("s.npz", x: x, y: classes)
      let found = x.shape.dropFirst().map(String.init).joined(separator: " x ")
      let text = "s.npz has samples of \(found), the model's input `x` takes 3 x 8 x 8"
      for verb in ["train", "eval"] {
        expectRefusal(try scratch.espalier(verb, "p.plan", "--data", "s.npz"), 65, text)
      }
      expectRefusal(try scratch.espalier("predict", "p.plan", "--data", "s.npz", "-o", "o.npz"), 65, text)
      expectRefusal(try scratch.espalier("quantize", "m.onnx", "--data", "s.npz", "-o", "q.onnx"), 65, text)
    }
  }

  @Test func classesMayStandInAColumn() throws {
    try write("row.npz", x: floats(4, 3, 8, 8), y: classes)
    let expected = try gradients("row.npz")
    try write("column.npz", x: floats(4, 3, 8, 8), y: NumPyArray([4, 1], integers: [0, 1, 2, 0]))
    #expect(try gradients("column.npz") == expected)
    try write("hot.npz", x: floats(4, 3, 8, 8), y: NumPyArray([4, 3], integers: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]))
    expectRefusal(try scratch.espalier("eval", "p.plan", "--data", "hot.npz"), 65, "shape 4x3")
    try write("half.npz", x: floats(4, 3, 8, 8), y: NumPyArray([4], floats: [0, 1, 0.5, 2]))
    expectRefusal(try scratch.espalier("eval", "p.plan", "--data", "half.npz"), 65, "compares with classes")
  }

  /// One number a sample: in a row or a column, as floats or as integers.
  @Test func oneClassWithNumbersIsRegression() throws {
    let common = ["compile", "m.onnx", "-o", "r.plan", "--mode", "f32", "--batch", "4"]
    let compiled = try Command.espalier.run(common + ["--classes", "1", "--loss", "mse"], in: scratch.path)
    #expect(compiled.status == 0, "\(compiled.errors)")
    expectRefusal(try Command.espalier.run(common + ["--classes", "1"], in: scratch.path), 64, "--loss mse")
    var seen: Set<String> = []
    let labels = [
      NumPyArray([4], floats: [1, 2, 3, 7]), NumPyArray([4, 1], floats: [1, 2, 3, 7]),
      NumPyArray([4], integers: [1, 2, 3, 7]), NumPyArray([4, 1], integers: [1, 2, 3, 7]),
    ]
    for y in labels {
      try write("r.npz", x: floats(4, 3, 8, 8), y: y)
      let result = try scratch.espalier("eval", "r.plan", "--data", "r.npz", "--json")
      #expect(result.status == 0, "\(result.errors)")
      seen.insert(result.output)
      let trained = try scratch.espalier("train", "r.plan", "--data", "r.npz", "--steps", "2", "--overwrite")
      #expect(trained.status == 0, "\(trained.errors)")
    }
    #expect(seen.count == 1)
    try write("r.npz", x: floats(4, 3, 8, 8), y: floats(4, 2))
    expectRefusal(
      try scratch.espalier("eval", "r.plan", "--data", "r.npz"), 65, "has labels of 2, the plan's loss compares with 1")
  }

  @Test func bytesSayHowTheyAreRead() throws {
    var file = NPZ()
    file["x"] = NumPyArray(.u8, [4, 3, 8, 8], storage: OwnedBytes((0..<768).map { UInt8(truncatingIfNeeded: $0) }))
    try scratch.write("b.npz", file.encoded(path: "b.npz"))
    let result = try scratch.espalier("predict", "p.plan", "--data", "b.npz", "-o", "o.npz")
    #expect(result.status == 0 && result.errors.contains("1/255"))
  }
}
