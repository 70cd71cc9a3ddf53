import Driver
import IR
import Operators
import Runtime
import Trace

/// A residual network small enough to be compiled many times.
func smallNetwork(batch: Int = 2) throws -> Graph {
  try trace([batch, 8, 8, 3], seed: 5) { x in
    let stem = x.conv("stem", outputs: 8, kernel: 3, stride: 2, padding: 1).relu6()
    let block = stem.scope("block") { x in
      let deep = x.conv("expand", outputs: 16, kernel: 1).relu6().depthwiseConv("depthwise", kernel: 3, padding: 1)
      return deep.relu6().conv("project", outputs: 8, kernel: 1) + x
    }
    return block.globalAverage().dense("classifier", outputs: 3)
  }
}

func compiled(_ options: CompileOptions = CompileOptions(), batch: Int = 2) throws -> Compilation {
  guard case .plan(let compilation) = try compile(traced: smallNetwork(batch: batch), options) else {
    throw UnexpectedText()
  }
  return compilation
}

struct UnexpectedText: Error {}

/// The bytes of an image on the boundary that a mapping would have.
final class LoadedImage {
  private let memory: UnsafeMutableRawBufferPointer
  let image: Image

  init(_ bytes: [UInt8]) throws {
    memory = .allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    image = try Image(Bytes(UnsafeRawBufferPointer(memory)))
  }

  deinit { memory.deallocate() }
}

extension Bytes {
  fileprivate init(_ raw: UnsafeRawBufferPointer) { self.init(base: raw.baseAddress!, count: raw.count) }
}

extension Session {
  /// Puts seeded pictures and the classes 0, 1, 2, ... where the train program reads them.
  func fillBatch(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let buffers = batch(.train)
    for index in 0..<buffers.input.count { buffers.input[index] = generator.uniform(1) }
    if let classes = buffers.classes { for index in 0..<classes.count { classes[index] = Int32(index % 3) } }
  }
}
