import Runtime

/// The kernels that a runner needs.
public struct KernelSet: Equatable, Sendable {
  public private(set) var opcodes: Set<OpCode> = []
  /// Those that some rows want the variant `tiles` of.
  public private(set) var tiled: Set<OpCode> = []
  /// Of the kernels that exist once for each format of gradients, those formats.
  public private(set) var gradients: Set<GradientKernel> = []
  /// What the rows ask of kernels that not every row does.
  public private(set) var traits: Set<KernelTrait> = []

  /// No kernels.
  public init() {}

  /// The kernels that the rows of an image call.
  public init(of image: Image) {
    image.forRows { opcode, call in
      opcodes.insert(opcode)
      if call.needs(.tiles, opcode) { tiled.insert(opcode) }
      if let kernel = call.gradientKernel(opcode) { gradients.insert(kernel) }
      traits.formUnion(KernelTrait.allCases.filter { call.needs($0, opcode) })
    }
  }

  mutating func insert(_ opcode: OpCode) { opcodes.insert(opcode) }

  /// Leaves out what the target has no vectors for: its rows run plainly.
  public mutating func removeTiles() {
    tiled = []
    traits.remove(.tiles)
  }

  mutating func insertTiled(_ opcode: OpCode) {
    opcodes.insert(opcode)
    tiled.insert(opcode)
    traits.insert(.tiles)
  }

  /// Adds what no row asks for.
  public mutating func insert(_ trait: KernelTrait) { traits.insert(trait) }

  /// Also those of another set.
  public mutating func formUnion(_ other: KernelSet) {
    opcodes.formUnion(other.opcodes)
    tiled.formUnion(other.tiled)
    gradients.formUnion(other.gradients)
    traits.formUnion(other.traits)
  }

  /// Names of the opcodes as they stand in Swift, sorted.
  public var names: [String] { opcodes.map { "\($0)" }.sorted() }
}
