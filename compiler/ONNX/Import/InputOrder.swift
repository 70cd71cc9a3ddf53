/// How the graph keeps an input that the model takes in its own order of axes.
struct InputOrder {
  /// Axes that an input can have: the batch, and what a plan can say of a sample.
  static let mostAxes = 9

  /// The model's axes in the order in which they lie in memory.
  let memory: [Int]
  /// Whether the last of them are channels.
  let hasChannels: Bool
}

extension ONNXModel {
  /// Operators that read pictures with the channels behind N.
  private static let readsPictures: Set<String> = [
    "AveragePool", "BatchNormalization", "Conv", "GlobalAveragePool", "GlobalMaxPool", "LRN", "MaxPool",
  ]
  /// The order of axes in which an input is kept.
  ///
  /// The first operators that care decide: pictures and rows [N, C, ...] are kept with the channels last, and an input
  /// that the model itself transposes from there as the transposed one lies so. Four axes that nobody asks about are a
  /// picture: with its colours behind it where there are as many as pictures have.
  func inputOrder(_ name: String, _ shape: [Int]) -> InputOrder {
    let rank = shape.count
    let inOrder = InputOrder(memory: Array(0..<rank), hasChannels: false)
    let channelsLast = InputOrder(memory: View.channelsLast(rank: rank), hasChannels: true)
    guard rank >= 3 else { return inOrder }
    var same: Set<String> = [name]
    for node in proto.graph.node where node.input.contains(where: same.contains) {
      if Self.readsPictures.contains(node.opType) { return channelsLast }
      if node.opType == "Transpose" {
        let perm = node.attribute.first { $0.name == "perm" }?.ints.map { Int($0) } ?? []
        if let order = beforeTransposing(perm, rank) { return order }
      } else if keepsAxes(node.opType) {
        same.formUnion(node.output)
      }
    }
    guard rank == 4 else { return inOrder }
    let isOfColours = { (channels: Int) in channels == 1 || channels == 3 }
    guard isOfColours(shape[3]), !isOfColours(shape[1]) else { return channelsLast }
    return InputOrder(memory: inOrder.memory, hasChannels: true)
  }

  /// The order of an input with the channels last that is transposed to [N, C, ...]; nil for any other Transpose.
  private func beforeTransposing(_ perm: [Int], _ rank: Int) -> InputOrder? {
    guard perm.sorted() == Array(0..<rank), perm[0] == 0, perm[1] == rank - 1 else { return nil }
    let places = Array(perm[2...])
    guard rank <= 4 || places == Array(1..<(rank - 1)) else { return nil }
    return InputOrder(memory: [0] + places + [rank - 1], hasChannels: true)
  }
}
