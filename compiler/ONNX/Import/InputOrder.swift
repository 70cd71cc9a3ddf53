extension ONNXModel {
  /// Operators that read pictures with the channels behind N.
  private static let readsPictures: Set<String> = [
    "AveragePool", "BatchNormalization", "Conv", "GlobalAveragePool", "GlobalMaxPool", "LRN", "MaxPool",
  ]
  /// Operators that leave the axes of their operand where they are.
  private static let keepsAxes: Set<String> = [
    "Add", "Cast", "Clip", "Div", "Dropout", "Erf", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Mul",
    "Neg", "Pad",
    "Relu", "Sigmoid", "Sub", "Tanh",
  ]

  /// The order of axes in which an input is given.
  ///
  /// The first operators that care decide: pictures and rows [N, C, ...] come with the channels last, and an input that
  /// the model itself transposes from there is taken as it is. Four axes that nobody asks about are a picture.
  func inputOrder(_ name: String, rank: Int) -> [Int] {
    let inOrder = Array(0..<rank)
    let channelsLast = View.channelsLast(rank: rank)
    guard rank >= 3 else { return inOrder }
    var same: Set<String> = [name]
    for node in proto.graph.node where node.input.contains(where: same.contains) {
      if Self.readsPictures.contains(node.opType) { return channelsLast }
      if node.opType == "Transpose" {
        let perm = node.attribute.first { $0.name == "perm" }?.ints.map { Int($0) } ?? []
        if perm == [0, rank - 1] + Array(1..<(rank - 1)) { return inOrder }
      } else if Self.keepsAxes.contains(node.opType) {
        same.formUnion(node.output)
      }
    }
    return rank == 4 ? channelsLast : inOrder
  }
}
