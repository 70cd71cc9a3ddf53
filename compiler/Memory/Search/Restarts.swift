/// Searches for a placement of at most `capacity` bytes, again and again in other orders.
///
/// How long a search takes varies by orders of magnitude with the order. So half the effort goes to a few preorders in
/// rotation, each round with twice the budget of the one before, and half to ever new orders: most of their searches are
/// short, half as many twice as long, and so on (Luby, Sinclair and Zuckerman, 1993). Two in four of these vary an order
/// that came far, one in four is a mixture, one a preorder a little disturbed.
struct Restarts {
  enum Outcome {
    case found(Placement), impossible, exhausted
  }

  /// Effort of the shortest search: about a thousand placements of an item.
  private static let shortest = 250_000

  let capacity: Int
  /// How many items and sections may still be looked at.
  private(set) var left: Int
  private let items: [Item]
  /// Items of at least one byte; the problem and its orders number them anew.
  private let real: [Int]
  private let problem: PackingProblem
  private var orders: SearchOrders
  private let preorders: [[Int]]
  private var elite = Elite()
  private var rotation = Share()
  private var mixtures = Share()

  init(items: [Item], capacity: Int, left: Int) {
    self.items = items
    self.capacity = capacity
    real = items.indices.filter { items[$0].bytes > 0 }
    let solid = real.map { items[$0] }
    problem = PackingProblem(solid)
    orders = SearchOrders(solid)
    preorders = orders.preorders
    // Building the problem looks at all pairs.
    self.left = left - real.count * real.count / 4
  }

  mutating func run() -> Outcome {
    while left > 0 {
      let isRotation = rotation.spent <= mixtures.spent
      let (ranks, length) = isRotation ? nextPreorder() : nextMixture()
      let given = min(Restarts.shortest * length, left)
      var search = PackingSearch(problem, ranks: ranks, capacity: capacity, effort: given)
      let outcome = search.run()
      let spent = given - search.effort + 10 * real.count
      if isRotation { rotation.add(spent) } else { mixtures.add(spent) }
      left -= spent
      elite.consider(ranks, depth: search.deepest)
      switch outcome {
      case .found: return .found(placement(search.floors))
      case .impossible: return .impossible
      case .exhausted: break
      }
    }
    return .exhausted
  }

  private func nextPreorder() -> (ranks: [Int], length: Int) {
    let (round, index) = rotation.turn.quotientAndRemainder(dividingBy: preorders.count)
    return (preorders[index], 1 << round)
  }

  private mutating func nextMixture() -> (ranks: [Int], length: Int) {
    let turn = mixtures.turn
    let ranks =
      switch turn % 4 {
      case 0, 1: orders.varied(orders.pick(elite.orders))
      case 2: orders.mixed()
      default: orders.disturbed(preorders[turn / 4 % preorders.count])
      }
    return (ranks, Restarts.luby(turn + 1))
  }

  /// How often one of the two kinds of orders had its turn, and the effort that went there.
  private struct Share {
    var turn = 0
    var spent = 0

    mutating func add(_ effort: Int) {
      turn += 1
      spent += effort
    }
  }

  /// 1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8 and so on.
  static func luby(_ turn: Int) -> Int {
    var length = 1
    while length < turn { length = 2 * length + 1 }
    return turn == length ? (length + 1) / 2 : luby(turn - length / 2)
  }

  private func placement(_ floors: [Int]) -> Placement {
    var offsets = [Int](repeating: 0, count: items.count)
    for (index, floor) in zip(real, floors) { offsets[index] = floor }
    let top = real.map { offsets[$0] + items[$0].bytes }.max() ?? 0
    return Placement(offsets: offsets, bytes: aligned(top, to: granule(items)))
  }
}
