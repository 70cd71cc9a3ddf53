extension View {
  /// What a change of shape asks of memory.
  struct Reshaping {
    /// Order that the axes must have first; the present one where nothing has to move.
    let order: [Int]
    let result: View
  }

  /// The tensor in another shape with as many elements.
  ///
  /// Sizes are matched from the first axis on, in the smallest groups of old and new axes with the same product. A
  /// group whose old axes lie together and in order can be split and merged where it lies: only others must move.
  func reshaped(_ target: [Int]) -> Reshaping {
    let groups = matchingGroups(target)
    let memory = significantOrder
    let sorted = groups.sorted { memory.firstIndex(of: $0.old[0])! < memory.firstIndex(of: $1.old[0])! }
    let wanted = sorted.flatMap(\.old)
    let isInPlace = wanted == memory
    let units = order.filter { shape[$0] == 1 }
    let newUnits = target.indices.filter { target[$0] == 1 }
    return Reshaping(
      order: isInPlace ? order : wanted + units,
      result: View(target, order: placing(newUnits, in: sorted.flatMap(\.new))))
  }

  private struct Group {
    var old: [Int] = []
    var new: [Int] = []
  }

  private func matchingGroups(_ target: [Int]) -> [Group] {
    var old = shape.indices.filter { shape[$0] != 1 }[...]
    var new = target.indices.filter { target[$0] != 1 }[...]
    var groups: [Group] = []
    while let first = old.popFirst(), let second = new.popFirst() {
      var group = Group(old: [first], new: [second])
      var (a, b) = (shape[first], target[second])
      while a != b {
        if a < b, let next = old.popFirst() {
          group.old.append(next)
          a *= shape[next]
        } else if let next = new.popFirst() {
          group.new.append(next)
          b *= target[next]
        } else {
          break
        }
      }
      groups.append(group)
    }
    return groups
  }

  /// Puts axes of size 1 behind their left neighbours, so that a tensor in order stays in order.
  private func placing(_ units: [Int], in order: [Int]) -> [Int] {
    var order = order
    for axis in units {
      let left = order.firstIndex(of: axis - 1).map { $0 + 1 } ?? 0
      order.insert(axis, at: left)
    }
    return order
  }
}
