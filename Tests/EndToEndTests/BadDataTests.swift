import Samples
import Support
import Testing

/// Samples, plans and checkpoints that cannot be used: each has its own message, and nothing is written.
struct BadSamplesTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan()
  }

  private func refuse(_ arguments: String..., facts: String..., status: Int32 = 65) throws {
    let before = try scratch.names
    let result = try Command.espalier.run(arguments, in: scratch.path)
    expectRefusal(result, status)
    for fact in facts { #expect(result.errors.contains(fact), "\(result.errors)") }
    #expect(try scratch.names == before)
  }

  @Test func aLabelOutOfRange() throws {
    try scratch.writeSamples("l.npz", labels: [41: 7])
    let fact = "l.npz: sample 41 has label 7, the plan's classes are 0 to 2"
    try refuse("train", "p.plan", "--data", "l.npz", facts: fact)
    try refuse("train", "p.plan", "--data", "d.npz", "--eval", "l.npz", facts: fact)
    try refuse("eval", "p.plan", "--data", "l.npz", facts: fact)
    try refuse("gradients", "p.plan", "--data", "l.npz", "-o", "g.npz", facts: fact)
    #expect(try scratch.espalier("predict", "p.plan", "--data", "l.npz", "-o", "p.npz").status == 0)
    try scratch.writeSamples("n.npz", labels: [5: -1])
    try refuse("data", "pack", "n.npz", "-o", "n.pack", facts: "n.npz: label 5 is -1")
  }

  @Test func anEmptyFolder() throws {
    try scratch.write("photos/cats/notes.txt", [1])
    try refuse("data", "pack", "photos", "-o", "p.pack", facts: "photos/cats holds no pictures")
    try scratch.write("empty/notes.txt", [1])
    try refuse("data", "pack", "empty", "-o", "p.pack", facts: "empty holds no pictures")
  }

  @Test func aPictureThatCannotBeRead() throws {
    try scratch.write("photos/cats/1.png", Array("no picture".utf8))
    try refuse("data", "pack", "photos", "-o", "p.pack", "--size", "8", facts: "photos/cats/1.png cannot be read")
  }

  @Test func samplesOfAnotherShape() throws {
    var file = NPZ()
    file["x"] = NumPyArray([4, 1, 8, 8], floats: [Float](repeating: 0, count: 256))
    file["y"] = NumPyArray([4], integers: [0, 1, 2, 0])
    try scratch.write("s.npz", file.encoded(path: "s.npz"))
    try refuse(
      "train", "p.plan", "--data", "s.npz", facts: "samples of 1 x 8 x 8, the model's input `x` takes 3 x 8 x 8")
    file["x"] = NumPyArray([2, 3, 8, 8], floats: [Float](repeating: 0, count: 384))
    file["y"] = NumPyArray([2], integers: [0, 1])
    try scratch.write("s.npz", file.encoded(path: "s.npz"))
    try refuse("train", "p.plan", "--data", "s.npz", facts: "s.npz has 2 samples where 4 are needed")
  }

  @Test func aDamagedPack() throws {
    try scratch.espalier("data", "pack", "d.npz", "-o", "d.pack")
    var bytes = try scratch.read("d.pack")
    bytes[1000] ^= 1
    try scratch.write("d.pack", bytes)
    try refuse("train", "p.plan", "--data", "d.pack", facts: "d.pack is damaged")
    bytes[8] = 9
    try scratch.write("d.pack", bytes)
    try refuse("train", "p.plan", "--data", "d.pack", facts: "d.pack is of format version 9")
    try refuse("train", "p.plan", "--data", "m.onnx", facts: "m.onnx is neither packed data nor .npz")
  }

  @Test func aPlanFromAnotherVersion() throws {
    var bytes = try scratch.read("p.plan")
    bytes[8] += 1
    try scratch.write("p.plan", bytes)
    let fact = "p.plan is of format version \(bytes[8]), this program reads version \(bytes[8] - 1)"
    try refuse("inspect", "p.plan", facts: fact)
    try refuse("train", "p.plan", "--data", "d.npz", facts: fact)
    try refuse("export", "p.plan", "-o", "t.onnx", facts: fact)
  }

  @Test func aPlanWithAFlippedByte() throws {
    let whole = try scratch.read("p.plan")
    for index in stride(from: 7, to: whole.count, by: whole.count / 11) {
      var bytes = whole
      bytes[index] ^= 0x10
      try scratch.write("p.plan", bytes)
      try refuse("train", "p.plan", "--data", "d.npz", facts: "p.plan")
    }
    try scratch.write("p.plan", Array(whole.dropLast(100)))
    try refuse("inspect", "p.plan", facts: "says it has \(whole.count) bytes and has \(whole.count - 100)")
  }

  @Test func aCheckpointThatDoesNotBelong() throws {
    try scratch.espalier("train", "p.plan", "--data", "d.npz", "--steps", "2")
    var bytes = try scratch.read("p.ckpt")
    bytes[100] ^= 1
    try scratch.write("bad.ckpt", bytes)
    try refuse("eval", "p.plan", "--data", "d.npz", "--checkpoint", "bad.ckpt", facts: "bad.ckpt is damaged")
    try refuse("eval", "p.plan", "--data", "d.npz", "--checkpoint", "m.onnx", facts: "m.onnx is no checkpoint")
    try refuse("eval", "p.plan", "--data", "d.npz", "--checkpoint", "no.ckpt", facts: "no.ckpt", status: 66)
    let other = ["compile", "--mode", "f32", "m.onnx", "-o", "q.plan", "--classes", "3", "--policy", "head"]
    #expect(try Command.espalier.run(other, in: scratch.path).status == 0)
    try refuse("eval", "q.plan", "--data", "d.npz", "--checkpoint", "p.ckpt", facts: "p.ckpt belongs to another plan")
  }

  @Test func aModelThatIsGoneOrAnother() throws {
    try scratch.writeModel("m.onnx", SmallModels.normalized(2, 2))
    try refuse("export", "p.plan", "-o", "t.onnx", facts: "m.onnx is not the file that the plan was compiled from")
    try refuse("export", "p.plan", "--model", "none.onnx", "-o", "t.onnx", facts: "not at none.onnx", status: 66)
    try scratch.writeModel("elsewhere/m.onnx")
    #expect(try scratch.espalier("export", "p.plan", "--model", "elsewhere/m.onnx", "-o", "t.onnx").status == 0)
  }

  @Test func anOutputThatCannotBeWritten() throws {
    for arguments in [
      ["compile", "--mode", "f32", "m.onnx", "-o"], ["predict", "p.plan", "--data", "d.npz", "-o"],
      ["export", "p.plan", "-o"],
      ["gradients", "p.plan", "--data", "d.npz", "-o"], ["data", "pack", "d.npz", "-o"],
      ["train", "p.plan", "--data", "d.npz", "--steps", "1", "--checkpoint"],
    ] {
      expectRefusal(try Command.espalier.run(arguments + ["none/x"], in: scratch.path), 73, "none/x cannot be written")
      expectRefusal(try Command.espalier.run(arguments + ["."], in: scratch.path), 73, ". cannot be written")
      expectRefusal(try Command.espalier.run(arguments + ["/dev/full"], in: scratch.path), 74, "/dev/full")
    }
  }
}
