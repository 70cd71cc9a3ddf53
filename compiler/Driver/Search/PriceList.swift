import Differentiate
import IR
import Operators
import Select
import Synchronization

/// What every way to train a layer costs at least, found out by deriving the step that it makes.
///
/// A choice of layers costs at least `start[first] + Σ price`: backpropagation reaches down to the first trained layer
/// once, and each layer adds what its own weight gradient saves and computes. Layers that read one value share its
/// bytes, so that each is charged its part.
struct PriceList: Sendable {
  /// Costs of training the head alone.
  let head: StepCosts
  /// Layer → costs of a step whose gradients reach back to it, without its own.
  let start: [StepCosts]
  /// Layer → choice → what that adds; nil where it cannot be trained in this way.
  let prices: [[StepCosts?]]

  /// - Parameter step: derives the training step of a policy.
  init(_ layers: [LayerChoices], sharing: [Int], _ step: @escaping @Sendable ([Int: Int]) throws -> StepVariant) throws
  {
    let defect = Mutex<(any Error)?>(nil)
    @Sendable func costs(_ choices: [Int: Int]) -> StepCosts? {
      do { return try step(choices).costs } catch {
        // A layer need not be trainable in every way; anything else is no answer.
        if !(error is PolicyError || error is DifferentiateError || error is ShapeError) {
          defect.withLock { $0 = error }
        }
        return nil
      }
    }
    let head = try step([:]).costs
    self.head = head
    // What adds least does so where gradients reach back to the very first layer: masks are kept there anyway.
    let first = layers.indices.first { index in costs([index: 1]) != nil }
    guard let first, let deepest = costs([first: 1]) else {
      if let error = defect.withLock({ $0 }) { throw error }
      (start, prices) = (layers.map { _ in head }, layers.map { [.zero] + $0.entries.dropFirst().map { _ in nil } })
      return
    }
    let all = concurrently(layers.count) { index -> (start: StepCosts, prices: [StepCosts?]) in
      let choices = layers[index].entries.indices.dropFirst()
      let alone = choices.map { costs([index: $0]) }
      let added = zip(choices, alone).map { choice, alone -> StepCosts? in
        guard let alone, let total = index == first ? alone : costs([first: 1, index: choice]) else { return nil }
        return (total - deepest).clamped
      }
      let starts = zip(alone, added).compactMap { alone, added in alone.flatMap { a in added.map { a - $0 } } }
      let start = starts.dropFirst().reduce(starts.first ?? head) { $0.least($1) }.clamped
      return (start, [.zero] + added.map { $0?.shared(by: sharing[index]) })
    }
    if let error = defect.withLock({ $0 }) { throw error }
    start = all.map(\.start)
    prices = all.map(\.prices)
  }

  /// The least that a choice for every layer costs.
  func costs(_ choices: [Int]) -> StepCosts? {
    guard let shallowest = choices.firstIndex(where: { $0 > 0 }) else { return head }
    var sum = start[shallowest]
    for (layer, choice) in choices.enumerated() {
      guard let price = prices[layer][choice] else { return nil }
      sum = sum + price
    }
    return sum
  }
}

extension StepCosts {
  fileprivate func least(_ other: StepCosts) -> StepCosts {
    StepCosts(bytes: min(bytes, other.bytes), macs: min(macs, other.macs), flash: min(flash, other.flash))
  }

  /// The part of one of `count` layers that keep the same bytes.
  fileprivate func shared(by count: Int) -> StepCosts {
    var part = self
    // Variables, which two checkpoints hold, are nobody else's.
    let own = flash / 2
    part.bytes = own + max(0, bytes - own) / count
    return part
  }
}
