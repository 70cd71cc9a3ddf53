import CKernels
import IR

@testable import Runtime

/// Memory of one row: operands one after the other, each at a multiple of 64 bytes, and nothing else.
struct KernelRig {
  var generator: SeededGenerator
  private(set) var tensors: [TensorRow] = []
  var bytes: [UInt8] = []

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  mutating func pick<T>(_ choices: T...) -> T { choices.randomElement(using: &generator)! }
  mutating func chance(_ of: Int) -> Bool { int(1...of) == 1 }

  /// Adds an operand; returns its place in the table of tensors.
  mutating func add(_ type: ElementType, _ count: Int, _ data: [UInt8]) -> Int {
    bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
    tensors.append(TensorRow(section: .arena, type: type, count: count, offset: bytes.count))
    bytes += data
    return tensors.count - 1
  }

  mutating func add<T>(_ type: ElementType, _ values: [T]) -> Int {
    add(type, values.count, values.withUnsafeBytes { Array($0) })
  }

  /// Integers of 8 bits, some of them 0.
  mutating func integers(_ count: Int, from low: Int = -127) -> [Int8] {
    (0..<count).map { _ in chance(4) ? 0 : Int8(int(low...127)) }
  }

  /// A gradient of 8 bits with its scale.
  mutating func addGradient(_ count: Int) -> Int {
    let gap = scaleOffset(count, .q8) - count
    let values = integers(count).map { UInt8(bitPattern: $0) } + [UInt8](repeating: 0, count: gap)
    return add(.q8, count, values + withUnsafeBytes(of: Float(0.25)) { Array($0) })
  }

  /// Room for a gradient, or scratch.
  mutating func addRoom(_ type: ElementType, _ count: Int) -> Int {
    add(type, count, [UInt8](repeating: 7, count: type.bytes(count)))
  }

  /// Multipliers and shifts of outputs, and their biases, some of them at the limits of 32 bits.
  mutating func addScaling(_ outputs: Int) -> (multipliers: Int, bias: Int) {
    // Those of 32 to 61 bits have the short way, if no other is among them; a file may hold any.
    let shifts = pick(30...61, 32...40, 32...40, 34...61, -70...140)
    let multipliers = chance(5) ? -(1 << 31)...(1 << 31) - 1 : 1 << 30...(1 << 31) - 1
    let pairs = (0..<outputs).flatMap { _ in [Int32(int(multipliers)), Int32(int(shifts))] }
    let biases = (0..<outputs).map { _ in Int32(chance(60) ? int(-(1 << 31)...(1 << 31) - 1) : int(-100_000...100_000))
    }
    return (add(.i32, pairs), add(.i32, biases))
  }

  /// Mask, fold and range state of a gradient that is written, each only now and then but for the last.
  mutating func addEpilogue(
    _ count: Int, channels: Int, _ format: GradientFormat, isMeasured: Bool, from first: UInt32
  ) -> (operands: [Int], slots: UInt32) {
    var (operands, slots): ([Int], UInt32) = ([], 0)
    if chance(2) {
      operands.append(add(.bit, count, (0..<(count + 7) / 8).map { _ in UInt8(int(0...255)) }))
      slots |= 1 << first
    }
    if chance(2) {
      operands.append(add(.f32, (0..<channels).map { _ in Float(int(-1000...1000)) / 300 }))
      slots |= 2 << first
    }
    if format != .f32 {
      operands.append(add(.f32, [isMeasured ? 0 : Float(64), 0, 0, 0]))
      slots |= 4 << first
    }
    return (operands, slots)
  }

  /// Runs a row in memory of its own, shared by some threads or none; returns that memory afterwards.
  func run<P: BitwiseCopyable>(_ operands: [Int], _ parameters: P, _ body: (Call) -> Void) -> [UInt8] {
    let words = withUnsafeBytes(of: parameters) { Array($0.bindMemory(to: UInt32.self)) }
    let head = RowHead(opcode: 0, operands: operands.count, flags: RowFlags(), parameters: words.count)
    let row = [head.first, UInt32(words.count)] + operands.map(UInt32.init) + words
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    row.withUnsafeBufferPointer { row in
      tensors.withUnsafeBufferPointer { tensors in
        let call = Call(
          words: row.baseAddress!,
          memory: ProgramMemory(
            tensors: tensors.baseAddress!, constants: memory.baseAddress!, arena: memory.baseAddress!))
        KernelTeams.use(bytes.count / 64 % 4) { body(call) }
      }
    }
    return Array(memory)
  }

  /// The bytes of an operand.
  func operand(_ index: Int, of memory: [UInt8]) -> ArraySlice<UInt8> {
    let tensor = tensors[index]
    let type = tensor.type ?? .u8
    return memory[Int(tensor.offset)...].prefix(type.bytes(Int(tensor.count)))
  }
}

extension KernelRig {
  /// Taps, steps, padding and dilation of every kind, on small pictures.
  mutating func window(sameSize: Bool = false) -> Window {
    while true {
      let height = pick(1, 1, 2, 3, 3, 5)
      let size = [height, chance(3) ? pick(1, 3, 5) : height]
      let step = int(1...2)
      let stride = sameSize ? [1, 1] : chance(4) ? [int(1...3), int(1...3)] : [step, step]
      let dilation = chance(5) ? 2 : 1
      let input = [int(1...9), int(1...9)]
      let reach = size.map { ($0 - 1) * dilation }
      let pads = sameSize ? reach.map { $0 / 2 } : [int(0...3), int(0...3)]
      let output = sameSize ? input : (0..<2).map { (input[$0] + 2 * pads[$0] - reach[$0] - 1) / stride[$0] + 1 }
      guard sameSize || (0..<2).allSatisfy({ input[$0] + 2 * pads[$0] > reach[$0] && output[$0] > 0 }) else { continue }
      return Window(
        input: [int(1...3), input[0], input[1]], output: [output[0], output[1]], kernel: [size[0], size[1]],
        strides: [stride[0], stride[1]], pads: [pads[0], pads[1]], dilations: [dilation, dilation])
    }
  }

  /// Channels around the width of a tile, groups, and regions.
  mutating func convolution(regions: Bool = true) -> ConvShape {
    let groups = chance(5) ? int(2...3) : 1
    let (inputs, outputs) = (pick(1, 3, 5, 8, 16, 17, 24, 40), pick(1, 2, 5, 8, 10, 16, 20, 33, 48))
    var region: Range<Int>?
    var rows: Range<Int>?
    if regions, groups == 1, chance(3) {
      let start = int(0...inputs - 1)
      region = start..<int(start + 1...inputs)
      let row = int(0...outputs - 1)
      if chance(2) { rows = row..<int(row + 1...outputs) }
    }
    return ConvShape(
      window: window(), inputs: inputs * groups, outputs: outputs * groups, groups: groups, region: region, rows: rows)
  }

  /// Weights of a region, where the convolution has one.
  mutating func addRegion(_ shape: ConvShape) -> [Int] {
    guard shape.hasRegion else { return [] }
    let count = shape.rows.count * shape.window.taps * Int(shape.regionEnd - shape.regionStart)
    return [add(.i8, integers(count))]
  }
}

/// The tables of vectors that this machine can run.
let vectorTables: [ck_vectors] = [ck_generic, ck_avx2, ck_avx_vnni, ck_avx512].filter {
  unsafe ck_kernels_for($0) != nil
}
