import IR
import Runtime

extension PlanArray {
  /// An array of one sample as the model has it, and the arena.
  init(shape: [Int], sides: [Int], order: [Int] = [0, 1, 2], type: ElementType) {
    self.init()
    self.shape = ArrayShape(shape)
    (rows, columns, channels) = (UInt32(sides[0]), UInt32(sides[1]), UInt32(sides[2]))
    for side in 0..<3 { self.order[side] = UInt32(order[side]) }
    self.type = UInt32(type.rawValue)
  }

  /// An input of floats.
  public init(_ axes: SampleAxes) { self.init(shape: axes.shape, sides: axes.sides, order: axes.order, type: .f32) }
}
