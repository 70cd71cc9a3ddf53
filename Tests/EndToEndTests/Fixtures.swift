import Foundation
import IR
import Samples
import Support
import Testing

@testable import ONNX

extension ScratchFolder {
  /// `m.onnx`: convolutions with normalizations and a classifier of 5 classes, for pictures of 3 x 8 x 8.
  func writeModel(_ name: String = "m.onnx", _ maker: ModelMaker = SmallModels.classifier()) throws {
    try write(name, maker.bytes())
  }

  /// Samples x of 3 x 8 x 8 whose first channel tells their class, one of 3.
  func writeSamples(_ name: String = "d.npz", count: Int = 48, labels: [Int: Int64] = [:]) throws {
    var generator = SeededGenerator(seed: 3)
    let classes = (0..<count).map { labels[$0] ?? Int64($0 % 3) }
    let x = (0..<(count * 192)).map { index in
      generator.uniform(1) + (index % 192 < 64 ? Float(classes[index / 192]) : 0)
    }
    var file = NPZ()
    file["x"] = NumPyArray([count, 3, 8, 8], floats: x)
    file["y"] = NumPyArray([count], integers: classes)
    try write(name, file.encoded(path: name))
  }

  /// 24 samples of random numbers, with classes in turn.
  func writeRandomSamples(_ name: String, _ shape: [Int], classes: Int) throws {
    var generator = SeededGenerator(seed: 11)
    let count = 24
    let size = shape.reduce(1, *)
    var file = NPZ()
    file["x"] = NumPyArray([count] + shape, floats: (0..<(count * size)).map { _ in generator.uniform(2) })
    file["y"] = NumPyArray([count], integers: (0..<count).map { Int64($0 % classes) })
    try write(name, file.encoded(path: name))
  }

  /// The same pictures with targets: as many numbers a sample as outputs, 1 for its class and 0 for the others.
  func writeTargets(_ name: String, outputs: Int) throws {
    try writeSamples("samples.npz")
    var file = try arrays("samples.npz")
    let classes = try file.array("y", path: name).numbers(0..<48)
    let targets = classes.flatMap { label in (0..<outputs).map { Double($0) == label ? Float(1) : 0 } }
    file["y"] = NumPyArray([48, outputs], floats: targets)
    try write(name, file.encoded(path: name))
  }

  /// Model, samples, and the plan `p.plan` for 3 classes.
  func writePlan(_ options: String...) throws {
    try writeModel()
    try writeSamples()
    let arguments = [
      "compile", "--mode", "f32", "m.onnx", "-o", "p.plan", "--classes", "3", "--batch", "4", "--lr", "0.05", "--steps",
      "60",
    ]
    let result = try Command.espalier.run(arguments + options, in: path)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// Arrays of an `.npz` file of this folder.
  func arrays(_ name: String) throws -> NPZ { try NPZ(path: file(name)) }
}

/// What every refusal has in common: its exit code, facts, the next thing to do, and nothing on standard output.
func expectRefusal(
  _ result: CommandResult, _ status: Int32, _ facts: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
  #expect(result.output.isEmpty, sourceLocation: sourceLocation)
  for fact in facts { #expect(result.errors.contains(fact), "\(result.errors)", sourceLocation: sourceLocation) }
  let says = result.errors.contains("\n  next: ") || result.errors.contains("\n  would fit: ")
  #expect(result.errors.contains("error: ") && says, "\(result.errors)", sourceLocation: sourceLocation)
}
